package org.rekey.runtime.grpc;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletionException;
import org.rekey.runtime.db.Database;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an rpc handler throws when it cannot answer. Its text reaches the caller, so it holds no
/// secret and says what to do. Anything else that a handler throws is INTERNAL, logged here and
/// hidden from the caller.
public final class RpcFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(RpcFailure.class);

  private final Status.Code code;

  private RpcFailure(Status.Code code, String message) {
    super(message);
    this.code = code;
  }

  /// The request breaks a rule of the contract; sending it again changes nothing.
  public static RpcFailure invalidArgument(String message) {
    return new RpcFailure(Status.Code.INVALID_ARGUMENT, message);
  }

  public static RpcFailure notFound(String message) {
    return new RpcFailure(Status.Code.NOT_FOUND, message);
  }

  public static RpcFailure alreadyExists(String message) {
    return new RpcFailure(Status.Code.ALREADY_EXISTS, message);
  }

  /// The request is fine, the state of the thing is not.
  public static RpcFailure failedPrecondition(String message) {
    return new RpcFailure(Status.Code.FAILED_PRECONDITION, message);
  }

  public static RpcFailure outOfRange(String message) {
    return new RpcFailure(Status.Code.OUT_OF_RANGE, message);
  }

  public static RpcFailure permissionDenied(String message) {
    return new RpcFailure(Status.Code.PERMISSION_DENIED, message);
  }

  public static RpcFailure unauthenticated(String message) {
    return new RpcFailure(Status.Code.UNAUTHENTICATED, message);
  }

  /// Worth another try, here or at another replica.
  public static RpcFailure unavailable(String message) {
    return new RpcFailure(Status.Code.UNAVAILABLE, message);
  }

  public Status.Code code() {
    return code;
  }

  static StatusRuntimeException toStatus(Throwable thrown) {
    return switch (thrown) {
      case RpcFailure failure ->
          failure.code.toStatus().withDescription(failure.getMessage()).asRuntimeException();
      case StatusRuntimeException status
          when status.getStatus().getCode() == Status.Code.CANCELLED ->
          status;
      case CompletionException wrapped when wrapped.getCause() != null ->
          toStatus(wrapped.getCause());
      case StatusRuntimeException status -> fromBehind(status.getStatus(), status);
      case StatusException status -> fromBehind(status.getStatus(), status);
      case RuntimeException away when Database.isAway(away) -> databaseAway(away);
      default -> internal(thrown);
    };
  }

  /// A service behind this one failed: its being away is passed on, its other errors are ours to
  /// hide.
  private static StatusRuntimeException fromBehind(Status status, Throwable thrown) {
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED ->
          Status.UNAVAILABLE.withDescription(status.getDescription()).asRuntimeException();
      default -> internal(thrown);
    };
  }

  private static StatusRuntimeException databaseAway(RuntimeException thrown) {
    LOG.atWarn().addKeyValue("error", thrown.toString()).log("the database cannot be reached");
    return Status.UNAVAILABLE
        .withDescription("the database cannot be reached")
        .asRuntimeException();
  }

  private static StatusRuntimeException internal(Throwable thrown) {
    LOG.atError().setCause(thrown).log("a call failed for a reason that its handler does not know");
    return Status.INTERNAL.withDescription("internal error").asRuntimeException();
  }
}
