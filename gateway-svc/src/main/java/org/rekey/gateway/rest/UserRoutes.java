package org.rekey.gateway.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.Locale;
import java.util.Optional;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.DeleteUserRequest;
import org.rekey.proto.useradm.v1.GetUserRequest;
import org.rekey.proto.useradm.v1.UpdateUserRequest;
import org.rekey.proto.useradm.v1.UpdateUserResponse;
import org.rekey.proto.useradm.v1.UsersGrpc;

/// Users.
final class UserRoutes {
  static final String PATH = "/api/management/v1/useradm/users";
  private static final UserRefusals REFUSALS = new UserRefusals(422);

  private final Rpc rpc;

  UserRoutes(Rpc rpc) {
    this.rpc = rpc;
  }

  static String undecodable(String why) {
    return "failed to decode request body: " + why;
  }

  void list(Call call) throws BadRequest {
    new UserList(rpc, call.scope(), UserFilters.of(call.query())).send();
  }

  void create(Call call) throws BadRequest {
    JsonObject user = call.json(UserRoutes::undecodable);
    rpc.ask(
        call.scope(),
        UsersGrpc.getCreateUserMethod(),
        CreateUserRequest.newBuilder()
            .setEmail(user.text("email").orElse(""))
            .setPassword(user.text("password").orElse(""))
            .build(),
        response -> created(call.scope(), response));
  }

  private static void created(RequestScope scope, CreateUserResponse response) {
    switch (response.getOutcomeCase()) {
      case USER -> {
        scope.response().putHeader(HttpHeaders.LOCATION, PATH + "/" + response.getUser().getId());
        Answers.empty(scope, 201);
      }
      case REFUSED -> REFUSALS.answer(scope, response.getRefused());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  /// `me`, in lower case, is the caller.
  void get(Call call) {
    String id = call.parameter("id");
    rpc.ask(
        call.scope(),
        UsersGrpc.getGetUserMethod(),
        GetUserRequest.newBuilder().setId(id.equals("me") ? call.caller().subject() : id).build(),
        response ->
            Answers.json(call.scope(), 200, Buffer.buffer(UserJson.of(response.getUser()))));
  }

  /// `me`, in any case, is the caller.
  void update(Call call) throws BadRequest {
    JsonObject changes = call.json(UserRoutes::undecodable);
    String id = call.parameter("id");
    boolean self = id.toLowerCase(Locale.ROOT).equals("me");
    UpdateUserRequest.Builder update =
        passwordChange(call, changes).setId(self ? call.caller().subject() : id);
    changes.text("email").ifPresent(update::setEmail);
    update(call, update.build());
  }

  /// Version 2: the caller's own password, and nothing else. Without one, nothing changes.
  void updateMe(Call call) throws BadRequest {
    JsonObject changes = call.json(UserRoutes::undecodable);
    UpdateUserRequest update = passwordChange(call, changes).setId(call.caller().subject()).build();
    if (update.hasPassword()) {
      update(call, update);
    } else {
      Answers.empty(call.scope(), 204);
    }
  }

  private static UpdateUserRequest.Builder passwordChange(Call call, JsonObject changes)
      throws BadRequest {
    UpdateUserRequest.Builder update =
        UpdateUserRequest.newBuilder()
            .setCallerId(call.caller().subject())
            .setCallerTokenId(call.caller().tokenId())
            .setRevokePersonalAccessTokens(changes.flag("revoke_tokens"))
            .setClientAddress(call.clientAddress());
    Optional<String> password = changes.text("password");
    Optional<String> currentPassword = changes.text("current_password");
    password.ifPresent(update::setPassword);
    currentPassword.ifPresent(update::setCurrentPassword);
    return update;
  }

  private void update(Call call, UpdateUserRequest update) {
    rpc.ask(
        call.scope(),
        UsersGrpc.getUpdateUserMethod(),
        update,
        response -> updated(call.scope(), response));
  }

  private static void updated(RequestScope scope, UpdateUserResponse response) {
    switch (response.getOutcomeCase()) {
      case USER -> Answers.empty(scope, 204);
      case REFUSED -> REFUSALS.answer(scope, response.getRefused());
      case OUTCOME_NOT_SET -> Answers.error(scope, 500, "internal error");
    }
  }

  /// `me` is an id like any other here. A user who is not there is as good as deleted.
  void delete(Call call) {
    rpc.ask(
        call.scope(),
        UsersGrpc.getDeleteUserMethod(),
        DeleteUserRequest.newBuilder().setId(call.parameter("id")).build(),
        _ -> Answers.empty(call.scope(), 204));
  }
}
