package org.rekey.verifier.key;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.util.Arrays;
import java.util.Optional;

/// The elliptic curves of ES256, ES384 and ES512. Keys are compared by all parameters, not by name:
/// a key may bring explicit ones (CVE-2020-0601).
enum Curve {
  P_256("secp256r1", "P-256"),
  P_384("secp384r1", "P-384"),
  P_521("secp521r1", "P-521");

  private final String jwkName;

  @SuppressWarnings("ImmutableEnumChecker")
  private final ECParameterSpec spec;

  @SuppressWarnings("ImmutableEnumChecker") // never handed out of the package, never written
  private final byte[] order;

  Curve(String jcaName, String jwkName) {
    this.jwkName = jwkName;
    this.spec = spec(jcaName);
    this.order = fixedLength(spec.getOrder());
  }

  static Optional<Curve> of(ECPublicKey key) {
    return Arrays.stream(values()).filter(curve -> curve.isThatOf(key)).findFirst();
  }

  String jwkName() {
    return jwkName;
  }

  byte[] orderBytes() {
    return order;
  }

  /// A field element or scalar in the curve's full width, big-endian.
  byte[] fixedLength(BigInteger value) {
    var width = (spec.getCurve().getField().getFieldSize() + 7) / 8;
    var bytes = value.toByteArray();
    var from = Math.max(0, bytes.length - width);
    var fixed = new byte[width];
    System.arraycopy(bytes, from, fixed, width - (bytes.length - from), bytes.length - from);
    return fixed;
  }

  boolean contains(ECPoint point) {
    if (point.equals(ECPoint.POINT_INFINITY)) {
      return false;
    }
    var p = ((ECFieldFp) spec.getCurve().getField()).getP();
    var x = point.getAffineX();
    var y = point.getAffineY();
    if (x.signum() < 0 || y.signum() < 0 || x.compareTo(p) >= 0 || y.compareTo(p) >= 0) {
      return false;
    }
    var right = x.pow(3).add(spec.getCurve().getA().multiply(x)).add(spec.getCurve().getB());
    return y.pow(2).subtract(right).mod(p).signum() == 0;
  }

  private boolean isThatOf(ECPublicKey key) {
    var other = key.getParams();
    return other != null
        && other.getCurve().getField().equals(spec.getCurve().getField())
        && other.getCurve().getA().equals(spec.getCurve().getA())
        && other.getCurve().getB().equals(spec.getCurve().getB())
        && other.getGenerator().equals(spec.getGenerator())
        && other.getOrder().equals(spec.getOrder())
        && other.getCofactor() == spec.getCofactor();
  }

  private static ECParameterSpec spec(String jcaName) {
    try {
      var parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(jcaName));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("curve: " + jcaName + " (expected: known to the JDK)", e);
    }
  }
}
