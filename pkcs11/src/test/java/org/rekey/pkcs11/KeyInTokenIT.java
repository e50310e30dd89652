package org.rekey.pkcs11;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.SoftHsm;

class KeyInTokenIT {
  private static final byte[] INPUT = "header.payload".getBytes(US_ASCII);

  @TempDir Path home;
  private SoftHsm hsm;

  @BeforeEach
  void startAToken() {
    hsm = SoftHsm.ofThisProcess();
  }

  private KeyInToken open(String uri) {
    // SoftHSM sees a token that another process has made when it is started anew, which happens
    // every few seconds at most.
    return await()
        .ignoreException(UnusableTokenKeyException.class)
        .until(
            () ->
                KeyInToken.open(
                    Pkcs11Uri.parse(uri),
                    hsm.library(),
                    Passphrase.pinIn(KeyFiles.write(home.resolve("pin"), SoftHsm.PIN + "\n"))),
            _ -> true);
  }

  private static boolean signs(KeyInToken key) throws Exception {
    var signature = Signature.getInstance("Ed25519");
    signature.initVerify(key.publicKey());
    signature.update(INPUT);
    return signature.verify(key.sign(SignatureScheme.ED25519, INPUT));
  }

  @ParameterizedTest
  @CsvSource({
    "rsa:2048, RSA_PKCS1_SHA256, SHA256withRSA",
    "rsa:2048, RSA_PKCS1_SHA384, SHA384withRSA",
    "rsa:2048, RSA_PKCS1_SHA512, SHA512withRSA",
    "rsa:2048, RSA_PSS_SHA256, SHA-256",
    "rsa:2048, RSA_PSS_SHA384, SHA-384",
    "rsa:2048, RSA_PSS_SHA512, SHA-512",
    "EC:prime256v1, ECDSA_SHA256, SHA256withECDSAinP1363Format",
    "EC:secp384r1, ECDSA_SHA384, SHA384withECDSAinP1363Format",
    "EC:secp521r1, ECDSA_SHA512, SHA512withECDSAinP1363Format",
    "EC:edwards25519, ED25519, Ed25519"
  })
  void signsAsTheJdkVerifies(String type, SignatureScheme scheme, String algorithm)
      throws Exception {
    var token = hsm.token("signs-" + scheme);
    token.generate(type, "key", "01");
    var key = open(token.uri("key", home.resolve("pin")));
    Signature signature;
    if (scheme.name().startsWith("RSA_PSS")) {
      signature = Signature.getInstance("RSASSA-PSS");
      var hash = new MGF1ParameterSpec(algorithm);
      signature.setParameter(
          new PSSParameterSpec(
              algorithm, "MGF1", hash, Integer.parseInt(algorithm.substring(4)) / Byte.SIZE, 1));
    } else {
      signature = Signature.getInstance(algorithm);
    }
    signature.initVerify(key.publicKey());
    signature.update(INPUT);
    assertThat(signature.verify(key.sign(scheme, INPUT))).isTrue();
  }

  /// As a network HSM does whose cable was pulled.
  @Test
  void givesUpCallsThatHangAndGoesOnWhenTheyEnd() throws Exception {
    var token = hsm.token("hangs");
    token.generate("EC:edwards25519", "key", "01");
    var key = open(token.uri("key", home.resolve("pin")));
    var module = Module.at(hsm.library());
    var end = new CountDownLatch(1);
    Callable<String> hangs =
        () ->
            module.call(
                "token hung",
                Duration.ofMillis(200),
                _ -> {
                  hang(end);
                  return "late";
                });

    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var call : callers.invokeAll(Collections.nCopies(400, hangs))) {
        assertThatThrownBy(call::get)
            .hasCauseInstanceOf(TokenUnavailableException.class)
            .hasMessageContaining("token hung");
      }
    } finally {
      end.countDown();
    }

    await().ignoreException(TokenUnavailableException.class).until(() -> signs(key));
  }

  private static void hang(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
