package org.rekey.gateway.route;

import java.util.Optional;

/// Whose token a path asks for.
public enum Audience {
  /// `/api/management/…`: users and their tools.
  USERS("/api/management"),
  /// `/api/devices/…`.
  DEVICES("/api/devices");

  private final String prefix;

  Audience(String prefix) {
    this.prefix = prefix;
  }

  /// Empty for a path that this gateway does not serve.
  public static Optional<Audience> of(RequestPath path) {
    for (Audience audience : values()) {
      if (path.isUnder(audience.prefix)) {
        return Optional.of(audience);
      }
    }
    return Optional.empty();
  }

  /// Everything below this path is of this audience.
  public String prefix() {
    return prefix;
  }
}
