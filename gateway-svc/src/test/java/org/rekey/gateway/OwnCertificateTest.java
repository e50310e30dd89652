package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.runtime.tls.LocalAuthority;

/// What the gateway shows to services and proxies, while its files change.
class OwnCertificateTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path home;

  @ParameterizedTest
  @ValueSource(strings = {"GATEWAY_INTERNAL_LISTEN", "GATEWAY_VERIFY_LISTEN"})
  void anotherOneIsShownOnceItsFilesHaveChanged(String listen) throws Exception {
    LocalAuthority authority =
        LocalAuthority.open(home.resolve("pki"), Instant.now(), new SecureRandom());
    Path certificate = home.resolve("own.pem");
    Path key = home.resolve("own.key");
    LocalAuthority.Leaf first = authority.issue("first", List.of("localhost"), List.of());
    LocalAuthority.Leaf second = authority.issue("second", List.of("localhost"), List.of());
    place(first, certificate, key);
    int port = Gate.freePort();
    try (Gate gate =
        new Gate(
            home,
            "routes: []\n",
            Map.of(
                listen,
                "127.0.0.1:" + port,
                "GATEWAY_TLS_CERTIFICATE",
                certificate.toString(),
                "GATEWAY_TLS_KEY",
                key.toString()))) {
      assertThat(shown(gate, port)).isEqualTo("CN=first");
      place(second, certificate, key);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!shown(gate, port).equals("CN=second")) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(50);
      }
    }
  }

  private static void place(LocalAuthority.Leaf leaf, Path certificate, Path key)
      throws IOException {
    Files.copy(leaf.certificate(), certificate, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(leaf.key(), key, StandardCopyOption.REPLACE_EXISTING);
  }

  private static String shown(Gate gate, int port) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) gate.trusting().getSocketFactory().createSocket("localhost", port)) {
      socket.startHandshake();
      X509Certificate leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return leaf.getSubjectX500Principal().getName();
    }
  }
}
