package org.rekey.verifier.key;

import java.security.PublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// The public key of FIPS 204 (`pkEncode`: a seed of 32 bytes, then t1), taken from its X.509 form
/// because not every provider's key class shows it, nor its parameter set.
final class MlDsaPublicKey {
  private static final int SEED = 32;

  private final Parameters parameters;
  private final byte[] encoded;

  private MlDsaPublicKey(Parameters parameters, byte[] encoded) {
    this.parameters = parameters;
    this.encoded = encoded;
  }

  static Optional<MlDsaPublicKey> of(PublicKey key) {
    var x509 = key.getEncoded();
    return x509 == null
        ? Optional.empty()
        : Arrays.stream(Parameters.values())
            .filter(parameters -> parameters.isThatOf(x509))
            .findFirst()
            .map(
                parameters ->
                    new MlDsaPublicKey(
                        parameters,
                        Arrays.copyOfRange(x509, parameters.prefix.length, x509.length)));
  }

  Alg alg() {
    return switch (parameters) {
      case ML_DSA_44 -> Alg.ML_DSA_44;
      case ML_DSA_65 -> Alg.ML_DSA_65;
      case ML_DSA_87 -> Alg.ML_DSA_87;
    };
  }

  byte[] encoded() {
    return encoded.clone();
  }

  /// False for t1 = 0, under which anybody can sign: the term of the equation that stands for the
  /// secret is gone.
  boolean isSound() {
    for (int i = SEED; i < encoded.length; i++) {
      if (encoded[i] != 0) {
        return true;
      }
    }
    return false;
  }

  /// The parameter sets by what comes before the key in its X.509 form (RFC 9881: no parameters).
  private enum Parameters {
    ML_DSA_44("30820532300b06096086480165030403110382052100", 1312),
    ML_DSA_65("308207b2300b0609608648016503040312038207a100", 1952),
    ML_DSA_87("30820a32300b060960864801650304031303820a2100", 2592);

    @SuppressWarnings("ImmutableEnumChecker") // never handed out, never written
    private final byte[] prefix;

    private final int length;

    Parameters(String prefix, int length) {
      this.prefix = HexFormat.of().parseHex(prefix);
      this.length = length;
    }

    private boolean isThatOf(byte[] x509) {
      return x509.length == prefix.length + length
          && Arrays.equals(x509, 0, prefix.length, prefix, 0, prefix.length);
    }
  }
}
