package org.rekey.useradm.grpc;

import com.google.protobuf.Timestamp;
import io.grpc.ServerServiceDefinition;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.DeleteUserRequest;
import org.rekey.proto.useradm.v1.DeleteUserResponse;
import org.rekey.proto.useradm.v1.GetUserRequest;
import org.rekey.proto.useradm.v1.GetUserResponse;
import org.rekey.proto.useradm.v1.ListUsersRequest;
import org.rekey.proto.useradm.v1.ListUsersResponse;
import org.rekey.proto.useradm.v1.SetPasswordRequest;
import org.rekey.proto.useradm.v1.SetPasswordResponse;
import org.rekey.proto.useradm.v1.UpdateUserRequest;
import org.rekey.proto.useradm.v1.UpdateUserResponse;
import org.rekey.proto.useradm.v1.User;
import org.rekey.proto.useradm.v1.UserRefusal;
import org.rekey.proto.useradm.v1.UsersGrpc;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.useradm.UserFilter;
import org.rekey.useradm.UserOutcome;
import org.rekey.useradm.UserOutcome.Done;
import org.rekey.useradm.UserOutcome.Refused;
import org.rekey.useradm.UserPosition;
import org.rekey.useradm.Users;
import org.rekey.useradm.password.PasswordHasher;

/// `rekey.useradm.v1.Users`.
public final class UsersEndpoint {
  private static final int PAGE_SIZE = 500;

  private final Users users;

  public UsersEndpoint(Users users) {
    this.users = users;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(UsersGrpc.getServiceDescriptor())
        .unary(UsersGrpc.getCreateUserMethod(), this::createUser)
        .unary(UsersGrpc.getGetUserMethod(), this::getUser)
        .unary(UsersGrpc.getListUsersMethod(), this::listUsers)
        .unary(UsersGrpc.getUpdateUserMethod(), this::updateUser)
        .unary(UsersGrpc.getDeleteUserMethod(), this::deleteUser)
        .unary(UsersGrpc.getSetPasswordMethod(), this::setPassword)
        .build();
  }

  CreateUserResponse createUser(CreateUserRequest request) {
    Users.NewUser wanted =
        new Users.NewUser(
            request.getEmail(), request.getPassword(), request.getPasswordHash(), request.getId());
    CreateUserResponse.Builder response = CreateUserResponse.newBuilder();
    return switch (unlessBusy(() -> users.create(wanted))) {
      case Done done -> response.setUser(toProto(done.user())).build();
      case Refused refused -> response.setRefused(toProto(refused)).build();
    };
  }

  GetUserResponse getUser(GetUserRequest request) {
    return users
        .find(request.getId())
        .map(user -> GetUserResponse.newBuilder().setUser(toProto(user)).build())
        .orElseThrow(() -> RpcFailure.notFound("user not found"));
  }

  ListUsersResponse listUsers(ListUsersRequest request) {
    UserFilter filter =
        new UserFilter(
            request.getIdsList(),
            request.getEmailsList(),
            instant("created_after", request.hasCreatedAfter(), request.getCreatedAfter()),
            instant("created_before", request.hasCreatedBefore(), request.getCreatedBefore()),
            instant("updated_after", request.hasUpdatedAfter(), request.getUpdatedAfter()),
            instant("updated_before", request.hasUpdatedBefore(), request.getUpdatedBefore()));
    int size = request.getPageSize() == 0 ? PAGE_SIZE : request.getPageSize();
    Users.Page page = users.list(filter, position(request.getPageToken()), size);
    ListUsersResponse.Builder response = ListUsersResponse.newBuilder();
    page.users().forEach(user -> response.addUsers(toProto(user)));
    if (page.next() != null) {
      response.setNextPageToken(PageToken.of(page.next()));
    }
    return response.build();
  }

  private static @Nullable Instant instant(String field, boolean given, Timestamp timestamp) {
    return given ? Times.toInstant(field, timestamp) : null;
  }

  private static @Nullable UserPosition position(String pageToken) {
    return pageToken.isEmpty()
        ? null
        : PageToken.read(pageToken)
            .orElseThrow(
                () ->
                    RpcFailure.invalidArgument(
                        "page_token: not readable (expected: next_page_token of another page)"));
  }

  UpdateUserResponse updateUser(UpdateUserRequest request) {
    Users.Update update =
        new Users.Update(
            request.getId(),
            request.getEmail(),
            request.getPassword(),
            request.getCurrentPassword(),
            request.getCallerId(),
            request.getCallerTokenId(),
            request.getRevokePersonalAccessTokens(),
            request.getClientAddress());
    UpdateUserResponse.Builder response = UpdateUserResponse.newBuilder();
    return switch (unlessBusy(() -> users.update(update))) {
      case Done done -> response.setUser(toProto(done.user())).build();
      case Refused refused -> response.setRefused(toProto(refused)).build();
    };
  }

  DeleteUserResponse deleteUser(DeleteUserRequest request) {
    users.delete(request.getId());
    return DeleteUserResponse.getDefaultInstance();
  }

  SetPasswordResponse setPassword(SetPasswordRequest request) {
    SetPasswordResponse.Builder response = SetPasswordResponse.newBuilder();
    return switch (unlessBusy(
        () ->
            users.setPassword(
                request.getEmail(),
                request.getPassword(),
                request.getRevokePersonalAccessTokens()))) {
      case Done done -> response.setUser(toProto(done.user())).build();
      case Refused refused -> response.setRefused(toProto(refused)).build();
    };
  }

  private static UserOutcome unlessBusy(Supplier<UserOutcome> call) {
    try {
      return call.get();
    } catch (PasswordHasher.Busy _) {
      throw RpcFailure.unavailable("too many passwords wait to be checked");
    }
  }

  private static UserRefusal toProto(Refused refused) {
    UserRefusal.Builder proto =
        UserRefusal.newBuilder()
            .setProblem(refused.problem())
            .setRule(
                switch (refused.rule()) {
                  case INVALID_FIELD -> UserRefusal.Rule.RULE_INVALID_FIELD;
                  case WEAK_PASSWORD -> UserRefusal.Rule.RULE_WEAK_PASSWORD;
                  case EMAIL_TAKEN -> UserRefusal.Rule.RULE_EMAIL_TAKEN;
                  case WRONG_CURRENT_PASSWORD -> UserRefusal.Rule.RULE_WRONG_CURRENT_PASSWORD;
                  case NOTHING_TO_CHANGE -> UserRefusal.Rule.RULE_NOTHING_TO_CHANGE;
                  case OTHERS_PASSWORD -> UserRefusal.Rule.RULE_OTHERS_PASSWORD;
                  case NOT_FOUND -> UserRefusal.Rule.RULE_NOT_FOUND;
                  case CHANGED_MEANWHILE -> UserRefusal.Rule.RULE_CHANGED_MEANWHILE;
                  case ID_TAKEN -> UserRefusal.Rule.RULE_ID_TAKEN;
                  case TOO_MANY_FAILURES -> UserRefusal.Rule.RULE_TOO_MANY_FAILURES;
                });
    if (refused.retryAfter() != null) {
      proto.setRetryAfter(Times.toProto(refused.retryAfter()));
    }
    return proto.build();
  }

  private static User toProto(org.rekey.useradm.User user) {
    User.Builder proto =
        User.newBuilder()
            .setId(user.id())
            .setEmail(user.email().value())
            .setCreatedAt(Times.toProto(user.createdAt()))
            .setUpdatedAt(Times.toProto(user.updatedAt()));
    if (user.loginAt() != null) {
      proto.setLoginAt(Times.toProto(user.loginAt()));
    }
    return proto.build();
  }
}
