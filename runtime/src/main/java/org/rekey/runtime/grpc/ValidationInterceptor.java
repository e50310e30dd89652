package org.rekey.runtime.grpc;

import build.buf.protovalidate.ValidationResult;
import build.buf.protovalidate.Validator;
import build.buf.protovalidate.ValidatorFactory;
import build.buf.protovalidate.exceptions.ValidationException;
import com.google.protobuf.Message;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.time.DateTimeException;
import java.util.Set;
import java.util.stream.Collectors;

/// Refuses a request that breaks a field rule of the contract (`buf.validate`) with
/// INVALID_ARGUMENT and every broken rule. Messages without rules, the token verdicts among them,
/// pass untouched: their cost matters and their handlers judge every byte themselves.
final class ValidationInterceptor implements ServerInterceptor {
  private static final Set<String> JUDGED_BY_HANDLER =
      Set.of(
          "rekey.auth.v1.TokenVerifier",
          "grpc.health.v1.Health",
          "grpc.reflection.v1.ServerReflection");

  private final Validator validator = ValidatorFactory.newBuilder().build();

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    String service = call.getMethodDescriptor().getServiceName();
    if (service != null && JUDGED_BY_HANDLER.contains(service)) {
      return listener;
    }
    return new SimpleForwardingServerCallListener<>(listener) {
      private boolean refused;

      @Override
      public void onMessage(Q message) {
        String problem = problemOf(message);
        if (problem.isEmpty()) {
          super.onMessage(message);
        } else {
          refused = true;
          call.close(Status.INVALID_ARGUMENT.withDescription(problem), new Metadata());
        }
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }
    };
  }

  private String problemOf(Object message) {
    try {
      ValidationResult result = validator.validate((Message) message);
      return result.isSuccess()
          ? ""
          : result.getViolations().stream()
              .map(ValidationInterceptor::text)
              .collect(Collectors.joining("; "));
    } catch (DateTimeException | ArithmeticException e) {
      // The validator turns every time of a message into Java's before it looks at the rules.
      return "a time is out of range (expected: the years 1 to 9999)";
    } catch (ValidationException e) {
      throw new IllegalStateException("a rule of the contract cannot be evaluated", e);
    }
  }

  private static String text(build.buf.protovalidate.Violation violation) {
    String path =
        violation.toProto().getField().getElementsList().stream()
            .map(element -> element.getFieldName())
            .collect(Collectors.joining("."));
    return path + ": " + violation.toProto().getMessage();
  }
}
