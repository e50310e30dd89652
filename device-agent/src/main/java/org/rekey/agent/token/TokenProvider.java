package org.rekey.agent.token;

import java.security.Provider;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The signatures of TLS, for keys in tokens and no others.
final class TokenProvider extends Provider {
  static final String NAME = "RekeyToken";
  private static final long serialVersionUID = 1L;

  /// By the JDK's names, as its TLS asks for them.
  private static final List<String> ALGORITHMS =
      List.of(
          "RSASSA-PSS",
          "SHA256withRSA",
          "SHA384withRSA",
          "SHA512withRSA",
          "SHA256withECDSA",
          "SHA384withECDSA",
          "SHA512withECDSA",
          "Ed25519");

  TokenProvider() {
    super(NAME, "1", "Signatures by keys that are in PKCS#11 tokens");
    ALGORITHMS.forEach(algorithm -> putService(new Signatures(this, algorithm)));
  }

  private static final class Signatures extends Service {
    private Signatures(Provider provider, String algorithm) {
      super(provider, "Signature", algorithm, TokenSignature.class.getName(), null, null);
    }

    @Override
    public Object newInstance(@Nullable Object parameter) {
      return new TokenSignature(getAlgorithm());
    }

    @Override
    public boolean supportsParameter(@Nullable Object parameter) {
      return parameter instanceof TokenPrivateKey;
    }
  }
}
