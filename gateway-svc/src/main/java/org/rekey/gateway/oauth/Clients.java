package org.rekey.gateway.oauth;

import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The programs that may ask about tokens, or end them.
public final class Clients {
  public static final Clients NONE = new Clients(Map.of());

  private final Map<String, OAuthClient> byId;

  private Clients(Map<String, OAuthClient> byId) {
    this.byId = byId;
  }

  /// @param clients with different ids
  static Clients of(Collection<OAuthClient> clients) {
    return new Clients(
        clients.stream().collect(toUnmodifiableMap(OAuthClient::id, Function.identity())));
  }

  public int size() {
    return byId.size();
  }

  Optional<OAuthClient> find(String id, String secret) {
    return Optional.ofNullable(byId.get(id)).filter(client -> client.hasSecret(secret));
  }
}
