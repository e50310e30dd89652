package org.rekey.useradm.grpc;

import com.google.protobuf.Timestamp;
import io.grpc.ServerServiceDefinition;
import java.time.Instant;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.User;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.useradm.Users;
import org.rekey.useradm.password.PasswordHasher;

/// `rekey.useradm.v1.Users`.
public final class UsersEndpoint {
  private final Users users;

  public UsersEndpoint(Users users) {
    this.users = users;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(UsersGrpc.getServiceDescriptor())
        .unary(UsersGrpc.getCreateUserMethod(), this::createUser)
        .build();
  }

  CreateUserResponse createUser(CreateUserRequest request) {
    Users.CreateOutcome outcome;
    try {
      outcome = users.create(request.getEmail(), request.getPassword());
    } catch (PasswordHasher.Busy _) {
      throw RpcFailure.unavailable("too many passwords wait to be checked");
    }
    return switch (outcome) {
      case Users.Created created ->
          CreateUserResponse.newBuilder().setUser(toProto(created.user())).build();
      case Users.Invalid invalid -> throw RpcFailure.invalidArgument(invalid.problem());
      case Users.EmailTaken _ ->
          throw RpcFailure.alreadyExists("user with a given email already exists");
    };
  }

  private static User toProto(org.rekey.useradm.User user) {
    User.Builder proto =
        User.newBuilder()
            .setId(user.id())
            .setEmail(user.email().value())
            .setCreatedAt(toProto(user.createdAt()))
            .setUpdatedAt(toProto(user.updatedAt()));
    if (user.loginAt() != null) {
      proto.setLoginAt(toProto(user.loginAt()));
    }
    return proto.build();
  }

  private static Timestamp toProto(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
