package org.rekey.runtime.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/// What a client proves itself with. Made here and never chosen: 256 random bits, so that its
/// SHA-256 says nothing of it, and a slow hash would only slow down the gateway.
public final class ClientSecret {
  /// So that tools which look for secrets in code know one when they see it.
  private static final String PREFIX = "rekey_cs_";

  private static final int BYTES = 32;

  private ClientSecret() {}

  /// A new one. Shown once, stored nowhere.
  public static String generate(SecureRandom random) {
    byte[] bits = new byte[BYTES];
    random.nextBytes(bits);
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
  }

  /// What is stored in its place: SHA-256 of its characters, 64 hexadecimal digits in lower case.
  public static String sha256(String secret) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: missing (expected: in every JDK)", e);
    }
  }
}
