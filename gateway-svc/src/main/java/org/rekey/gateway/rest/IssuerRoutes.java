package org.rekey.gateway.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import java.util.function.Consumer;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.oauth.KeySet;
import org.rekey.gateway.oauth.KeySets;

/// What everybody may know of one issuer: its keys, and where else to ask. A set of keys that
/// cannot be had is 503 and never an empty one.
final class IssuerRoutes {
  static final String WELL_KNOWN = "/.well-known/rekey";
  static final String EPOCH = "Rekey-Key-Log-Epoch";
  private static final String JWK_SET = "application/jwk-set+json";

  private final KeySets keys;
  private final String path;
  private final Publication publication;

  /// @param ring its name in paths
  IssuerRoutes(KeySets keys, String ring, Publication publication) {
    this.keys = keys;
    this.path = WELL_KNOWN + "/" + ring;
    this.publication = publication;
  }

  /// RFC 7517 §5.
  void jwks(Call call) {
    RequestScope scope = call.scope();
    ask(scope, set -> answer(scope, set, JWK_SET, set.jwks(), publication.cacheControl()));
  }

  /// In the shape of RFC 8414, as far as it is true here.
  void metadata(Call call) throws BadRequest {
    RequestScope scope = call.scope();
    Optional<String> base = publication.base(scope.request().authority());
    if (base.isEmpty()) {
      throw new BadRequest("Host: not a host (expected: the gateway's name)");
    }
    ask(
        scope,
        set -> {
          if (set.issuer().isEmpty()) {
            Answers.unavailable(scope);
          } else {
            answer(
                scope,
                set,
                Answers.JSON_TYPE,
                metadata(set, base.get()).toString(),
                publication.cacheControlOfAddresses());
          }
        });
  }

  private void ask(RequestScope scope, Consumer<KeySet> then) {
    keys.ask(
        set -> Answers.guarded(scope, () -> then.accept(set)),
        _ -> Answers.guarded(scope, () -> Answers.unavailable(scope)));
  }

  private ObjectNode metadata(KeySet set, String base) {
    ObjectNode metadata = JsonNodeFactory.instance.objectNode();
    metadata.put("issuer", set.issuer());
    metadata.put("jwks_uri", base + path + "/jwks.json");
    if (publication.hasClients()) {
      endpoint(metadata, "introspection_endpoint", base + ClientRoutes.INTROSPECT);
      endpoint(metadata, "revocation_endpoint", base + ClientRoutes.REVOKE);
    }
    set.algs().forEach(metadata.putArray("rekey_token_signing_alg_values")::add);
    return metadata;
  }

  private static void endpoint(ObjectNode metadata, String name, String url) {
    metadata.put(name, url);
    metadata.putArray(name + "_auth_methods_supported").add("client_secret_basic");
  }

  private static void answer(
      RequestScope scope, KeySet set, String type, String body, String cacheControl) {
    String tag = EntityTags.of(body);
    HttpServerResponse response = scope.response();
    response.putHeader(HttpHeaders.CACHE_CONTROL, cacheControl);
    response.putHeader(HttpHeaders.ETAG, tag);
    response.putHeader(EPOCH, Long.toString(set.epoch()));
    if (EntityTags.isKnown(scope.request(), tag)) {
      Answers.empty(scope, 304);
    } else {
      Answers.text(scope, 200, type, body);
    }
  }
}
