package org.rekey.gateway.rest;

import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.DeleteUserRequest;
import org.rekey.proto.useradm.v1.ListUsersRequest;
import org.rekey.proto.useradm.v1.PersonalAccessTokensGrpc;
import org.rekey.proto.useradm.v1.RevokeAllTokensRequest;
import org.rekey.proto.useradm.v1.UsersGrpc;

/// What other services and operators' scripts ask for, on the internal port. An installation is one
/// tenant; what is asked of another one is about nobody.
final class InternalRoutes {
  private static final UserRefusals REFUSALS = new UserRefusals(400);

  private final Rpc rpc;
  private final String tenantId;

  InternalRoutes(Rpc rpc, String tenantId) {
    this.rpc = rpc;
    this.tenantId = tenantId;
  }

  /// The verdict was given before this was called: the token is good, and that is the answer.
  void verify(Call call) {
    Answers.empty(call.scope(), 200);
  }

  /// There is nothing to make: the one tenant is there.
  void createTenant(Call call) throws BadRequest {
    String id = call.json(UserRoutes::undecodable).text("tenant_id").orElse("");
    if (id.isEmpty()) {
      throw new BadRequest("tenant_id: cannot be blank.");
    }
    if (id.equals(tenantId)) {
      Answers.empty(call.scope(), 201);
    } else {
      Answers.error(
          call.scope(),
          422,
          "tenant_id: this installation has one tenant, \"" + tenantId + "\", and makes no other");
    }
  }

  void createUser(Call call) throws BadRequest {
    if (isOfAnother(call)) {
      Answers.error(call.scope(), 404, "Entity not found");
      return;
    }
    JsonObject user = call.json(UserRoutes::undecodable);
    Optional<String> password = user.text("password").filter(text -> !text.isEmpty());
    Optional<String> hash = user.text("password_hash").filter(text -> !text.isEmpty());
    if (password.isPresent() == hash.isPresent()) {
      throw new BadRequest("password *or* password_hash must be provided");
    }
    rpc.ask(
        call.scope(),
        UsersGrpc.getCreateUserMethod(),
        CreateUserRequest.newBuilder()
            .setEmail(user.text("email").orElse(""))
            .setPassword(password.orElse(""))
            .setPasswordHash(hash.orElse(""))
            .setId(user.text("id").orElse(""))
            .build(),
        response -> created(call.scope(), response));
  }

  private static void created(RequestScope scope, CreateUserResponse response) {
    switch (response.getOutcomeCase()) {
      case USER -> Answers.empty(scope, 201);
      case REFUSED -> REFUSALS.answer(scope, response.getRefused());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  void listUsers(Call call) throws BadRequest {
    ListUsersRequest filters = UserFilters.of(call.query());
    if (isOfAnother(call)) {
      Answers.json(call.scope(), 200, Buffer.buffer("[]"));
    } else {
      new UserList(rpc, call.scope(), filters).send();
    }
  }

  void deleteUser(Call call) {
    if (isOfAnother(call)) {
      Answers.empty(call.scope(), 204);
      return;
    }
    rpc.ask(
        call.scope(),
        UsersGrpc.getDeleteUserMethod(),
        DeleteUserRequest.newBuilder().setId(call.parameter("user_id")).build(),
        _ -> Answers.empty(call.scope(), 204));
  }

  /// Of one user, or without `user_id` of everybody.
  void revokeTokens(Call call) throws BadRequest {
    QueryString query = call.query();
    query.requireOnly("tenant_id", "user_id");
    String tenant =
        query.first("tenant_id").orElseThrow(() -> new BadRequest("tenant_id must be provided"));
    if (!tenant.equals(tenantId)) {
      Answers.empty(call.scope(), 204);
      return;
    }
    RevokeAllTokensRequest.Builder request = RevokeAllTokensRequest.newBuilder();
    query.first("user_id").ifPresentOrElse(request::setUserId, () -> request.setEverybody(true));
    rpc.ask(
        call.scope(),
        PersonalAccessTokensGrpc.getRevokeAllTokensMethod(),
        request.build(),
        _ -> Answers.empty(call.scope(), 204));
  }

  private boolean isOfAnother(Call call) {
    return !call.parameter("tenant_id").equals(tenantId);
  }
}
