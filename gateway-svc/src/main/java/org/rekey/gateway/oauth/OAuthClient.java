package org.rekey.gateway.oauth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.List;
import java.util.Set;
import org.rekey.runtime.client.ClientRight;
import org.rekey.runtime.client.ClientSecret;

/// A program that may ask about tokens, or end them.
///
/// @param secretHashes two while the secret is exchanged
public record OAuthClient(String id, List<String> secretHashes, Set<ClientRight> rights) {
  public OAuthClient {
    secretHashes = List.copyOf(secretHashes);
    rights = Set.copyOf(rights);
  }

  public boolean may(ClientRight right) {
    return rights.contains(right);
  }

  /// In a time that does not tell how much of a secret is right.
  boolean hasSecret(String secret) {
    byte[] hash = ClientSecret.sha256(secret).getBytes(US_ASCII);
    boolean matches = false;
    for (String known : secretHashes) {
      matches |= MessageDigest.isEqual(hash, known.getBytes(US_ASCII));
    }
    return matches;
  }

  @Override
  public String toString() {
    return "OAuthClient[" + id + ", " + rights + "]";
  }
}
