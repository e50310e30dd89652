package org.rekey.gateway.rest;

import io.vertx.core.buffer.Buffer;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.http.Caller;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.route.RequestPath;

/// One call of an operation: what its handler may know of it.
///
/// @param admitted who calls; present where the route's [Access] needs a user
record Call(
    RequestScope scope,
    RequestPath path,
    Map<String, String> parameters,
    @Nullable Caller admitted,
    Buffer body) {

  /// The value of a parameter of the path.
  String parameter(String name) {
    String value = parameters.get(name);
    if (value == null) {
      throw new IllegalStateException(name + ": no such parameter in " + path.path());
    }
    return value;
  }

  QueryString query() throws BadRequest {
    return QueryString.parse(path.query());
  }

  JsonObject json(UnaryOperator<String> words) throws BadRequest {
    return JsonObject.parse(body.getBytes(), words);
  }

  Caller caller() {
    if (admitted == null) {
      throw new IllegalStateException("nobody was admitted to " + path.path());
    }
    return admitted;
  }

  /// The client's address as this end of the connection sees it: what `X-Forwarded-For` says,
  /// anyone can write.
  String clientAddress() {
    String address = scope.request().remoteAddress().hostAddress();
    if (address == null) {
      return "";
    }
    int zone = address.indexOf('%');
    return zone < 0 ? address : address.substring(0, zone);
  }
}
