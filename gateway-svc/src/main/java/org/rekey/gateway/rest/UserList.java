package org.rekey.gateway.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.stream.Collectors;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.proto.useradm.v1.ListUsersRequest;
import org.rekey.proto.useradm.v1.ListUsersResponse;
import org.rekey.proto.useradm.v1.UsersGrpc;

/// Sends all users that match as one JSON array. They are fetched a page at a time, and the next
/// page only when the client has taken the one before: no list is too long for the memory here.
final class UserList {
  private final Rpc rpc;
  private final RequestScope scope;
  private final ListUsersRequest filters;
  private boolean started;

  UserList(Rpc rpc, RequestScope scope, ListUsersRequest filters) {
    this.rpc = rpc;
    this.scope = scope;
    this.filters = filters;
  }

  void send() {
    fetch("");
  }

  private void fetch(String pageToken) {
    rpc.ask(
        scope,
        UsersGrpc.getListUsersMethod(),
        filters.toBuilder().setPageToken(pageToken).build(),
        this::page);
  }

  private void page(ListUsersResponse page) {
    String users = page.getUsersList().stream().map(UserJson::of).collect(Collectors.joining(","));
    String nextPage = page.getNextPageToken();
    HttpServerResponse response = scope.response();
    if (!started && nextPage.isEmpty()) {
      Answers.json(scope, 200, Buffer.buffer("[" + users + "]"));
      return;
    }
    if (response.closed()) {
      return;
    }
    String before = started ? (users.isEmpty() ? "" : ",") : begin(response);
    if (nextPage.isEmpty()) {
      response.end(before + users + "]");
      return;
    }
    response.write(before + users);
    if (response.writeQueueFull()) {
      response.drainHandler(
          _ -> {
            response.drainHandler(null);
            fetch(nextPage);
          });
    } else {
      fetch(nextPage);
    }
  }

  private String begin(HttpServerResponse response) {
    started = true;
    scope.outcome(200);
    scope.request().handler(_ -> {});
    scope.request().resume();
    response.exceptionHandler(_ -> {});
    response.putHeader(HttpHeaders.CONTENT_TYPE, Answers.JSON_TYPE).setChunked(true);
    return "[";
  }
}
