package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.rekey.testkit.KeyFiles;

/// Requests of real devices, damaged at random: each is read as genuine only if another provider
/// finds that its key has signed its bytes, and nothing is ever thrown.
class AuthRequestFuzzTest {
  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();
  private static final int REQUESTS = 4_000;

  private static final List<TestDevice> DEVICES =
      List.of(
          TestDevice.ed25519("fuzz"),
          new TestDevice("{\"mac\":[\"a\",\"b\"],\"n\":1.50e3}", KeyFiles.rsa(1024)),
          new TestDevice("{\"a\":{\"b\":null}}", KeyFiles.ec("P-256")),
          new TestDevice("{\"a\":\"é\"}", KeyFiles.ec("P-224")),
          new TestDevice("{\"a\":\"\"}", KeyFiles.ec("secp256k1")),
          new TestDevice("{\"a\":1}", KeyFiles.ec("P-521")));

  @Test
  void readsAsGenuineOnlyWhatIsSigned() throws GeneralSecurityException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int genuine = 0;
    for (int i = 0; i < REQUESTS; i++) {
      TestDevice device = DEVICES.get(random.nextInt(DEVICES.size()));
      byte[] body = random.nextInt(4) == 0 ? device.body() : Mutations.of(device.body(), random);
      boolean signedAfterwards = random.nextBoolean();
      String signature = device.sign(signedAfterwards ? body : device.body());
      if (random.nextInt(4) == 0) {
        signature = Mutations.of(signature, random);
      }
      AuthRequest read = AuthRequest.read(body, signature, 1024);
      if (read instanceof AuthRequest.Genuine(Identity identity, var key, _)) {
        genuine++;
        assertThat(isSigned(key.x509(), body, signature)).as("seed %d, #%d", seed, i).isTrue();
        assertThat(Identity.parse(identity.json())).isEqualTo(new Identity.Usable(identity));
      } else if (read instanceof AuthRequest.Malformed(String message)) {
        assertThat(message).as("seed %d, #%d", seed, i).doesNotContain("\n").hasSizeLessThan(400);
      }
    }
    assertThat(genuine).isBetween(REQUESTS / 20, REQUESTS - REQUESTS / 20);
  }

  private static boolean isSigned(byte[] x509, byte[] body, String signature)
      throws GeneralSecurityException {
    for (String algorithm : List.of("Ed25519", "RSA", "EC")) {
      try {
        PublicKey key =
            KeyFactory.getInstance(algorithm, BOUNCY_CASTLE)
                .generatePublic(new X509EncodedKeySpec(x509));
        String scheme =
            switch (algorithm) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> "Ed25519";
            };
        Signature check = Signature.getInstance(scheme, BOUNCY_CASTLE);
        check.initVerify(key);
        check.update(body);
        return check.verify(Base64.getDecoder().decode(signature.replaceAll("[\r\n]", "")));
      } catch (InvalidKeySpecException e) {
        // A key of another type.
      }
    }
    return false;
  }
}
