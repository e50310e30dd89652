package org.rekey.gateway.forwardauth;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.rekey.gateway.http.Caller;
import org.rekey.gateway.http.IdentityHeaders;
import org.rekey.gateway.http.Refusal;
import org.rekey.gateway.route.Audience;

/// The headers that tell an upstream whose token was good. Upstreams believe them, so none of them
/// may come from a client.
final class Identity {
  static final String SUBJECT = IdentityHeaders.SUBJECT;
  static final String KIND = IdentityHeaders.KIND;
  static final String TOKEN_ID = IdentityHeaders.TOKEN_ID;
  static final String KID = IdentityHeaders.KID;
  static final String EXPIRES = "X-Rekey-Expires";
  private static final String NEVER = "never";

  static final Refusal UNTELLABLE =
      Refusal.of(403, "the token's subject cannot be told in a header");

  private Identity() {}

  /// Always all of them: a proxy that copies headers by name may let the client's through, or write
  /// something of its own, where there is none. Empty when a header cannot hold what is to be told.
  static Optional<Map<String, String>> headers(Audience audience, Caller caller) {
    if (!isVisible(caller.subject()) || !isVisible(caller.tokenId())) {
      return Optional.empty();
    }
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(SUBJECT, caller.subject());
    headers.put(
        KIND,
        switch (audience) {
          case USERS -> "user";
          case DEVICES -> "device";
        });
    headers.put(TOKEN_ID, caller.tokenId());
    headers.put(KID, Long.toUnsignedString(caller.verdict().kid()));
    long expiresAt = caller.verdict().expiresAt();
    headers.put(EXPIRES, expiresAt == 0 ? NEVER : Long.toString(expiresAt));
    return Optional.of(headers);
  }

  /// Whether an upstream would take this header for our word, or for that of Mender's gateway.
  /// Those who get headers as variables (CGI and its heirs) take `_` for `-`.
  static boolean isClaimedBy(String name) {
    String lower = name.toLowerCase(Locale.ROOT).replace('_', '-');
    return lower.startsWith(IdentityHeaders.PREFIX) || lower.startsWith("x-men-rbac-");
  }

  private static boolean isVisible(String value) {
    return !value.isEmpty() && value.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }
}
