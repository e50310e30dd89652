package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.PublicKey;
import java.util.Base64;
import org.rekey.verifier.key.Alg;

/// A private key that signs, wherever it is. Nothing here gives the key itself away: whoever holds
/// one can sign with it and can say which one it is.
public interface SigningKey {
  /// Where private keys are.
  enum Store {
    /// In a file, and in this process's memory.
    FILE("file"),
    /// In a token (an HSM), which signs itself; the file names it.
    PKCS11("pkcs11");

    private final String id;

    Store(String id) {
      this.id = id;
    }

    /// The contract's name.
    public String id() {
      return id;
    }
  }

  PublicKey publicKey();

  Alg alg();

  /// RFC 7638.
  String thumbprint();

  Store store();

  /// A JWS signature over the input.
  ///
  /// @throws KeyUnavailableException when the key is elsewhere and cannot be reached now
  byte[] sign(byte[] input) throws KeyUnavailableException;

  /// A compact JWS (RFC 7515, section 7.1) whose header names this key's algorithm and the kid, as
  /// a string. The payload is the given bytes, unchanged.
  ///
  /// @throws KeyUnavailableException as [#sign]
  default String compactJws(long kid, byte[] payload) throws KeyUnavailableException {
    var base64url = Base64.getUrlEncoder().withoutPadding();
    var header = "{\"alg\":\"" + alg().jwsName() + "\",\"kid\":\"" + kid + "\",\"typ\":\"JWT\"}";
    var input =
        base64url.encodeToString(header.getBytes(US_ASCII))
            + "."
            + base64url.encodeToString(payload);
    return input + "." + base64url.encodeToString(sign(input.getBytes(US_ASCII)));
  }
}
