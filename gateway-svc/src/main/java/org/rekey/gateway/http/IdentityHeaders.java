package org.rekey.gateway.http;

import java.util.function.BiConsumer;

/// What the gateway says of the caller to those behind it, be it as a proxy or as the judge of
/// another one. Nothing that begins with `X-Rekey-` is ever taken from outside.
public final class IdentityHeaders {
  /// In lower case: what no client may say.
  public static final String PREFIX = "x-rekey-";

  /// The token's `sub`: a user's or a device's id.
  public static final String SUBJECT = "X-Rekey-Subject";

  /// `user` or `device`.
  public static final String KIND = "X-Rekey-Kind";

  /// The token's `jti`.
  public static final String TOKEN_ID = "X-Rekey-Token-Id";

  /// Under which key the token was signed.
  public static final String KID = "X-Rekey-Kid";

  private IdentityHeaders() {}

  /// @param to gets names and values
  public static void write(Caller caller, BiConsumer<String, String> to) {
    writePlain(SUBJECT, caller.subject(), to);
    to.accept(KIND, kind(caller));
    writePlain(TOKEN_ID, caller.tokenId(), to);
    to.accept(KID, Long.toUnsignedString(caller.kid()));
  }

  private static String kind(Caller caller) {
    return switch (caller.audience()) {
      case USERS -> "user";
      case DEVICES -> "device";
    };
  }

  /// A value that could be more than a value is left out: no identity is the safe thing to say.
  private static void writePlain(String name, String value, BiConsumer<String, String> to) {
    if (isPlain(value)) {
      to.accept(name, value);
    }
  }

  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) <= ' ' || value.charAt(i) >= 0x7f) {
        return false;
      }
    }
    return !value.isEmpty();
  }
}
