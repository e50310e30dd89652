package org.rekey.gateway.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemTrustOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.gateway.http.Answers;
import org.rekey.gateway.http.EdgeMetrics;
import org.rekey.gateway.http.Listener;
import org.rekey.gateway.http.RequestScope;
import org.rekey.gateway.http.Site;
import org.rekey.gateway.route.RequestPath;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.tls.LocalAuthority;

class CertificateExchangeTest {
  private final Instant now = Instant.now();

  @TempDir Path home;
  private final Vertx vertx = Vertx.vertx();
  private LocalAuthority authority;
  private CertificateFiles files;
  private Path directory;
  private ServedCertificates certificates;
  private Listener listener;

  @BeforeEach
  void serve() throws IOException {
    authority = LocalAuthority.open(home.resolve("pki"), now, new SecureRandom());
    files = new CertificateFiles(home.resolve("main.pem"), home.resolve("main.key"));
    directory = Files.createDirectory(home.resolve("more"));
    place(files, "first", "localhost");
    certificates = new ServedCertificates(vertx, files, Optional.of(directory), "SETTING", now);
    listener =
        new Listener(
            vertx,
            new Listener.Parts(
                "TEST",
                new HttpServerOptions()
                    .setHost("127.0.0.1")
                    .setPort(0)
                    .setSsl(true)
                    .setUseAlpn(true)
                    .setSni(true)
                    .setKeyCertOptions(certificates.options()),
                2,
                RequestPath::of,
                (_, _) -> new Hello(),
                () -> "test",
                new EdgeMetrics(new SimpleMeterRegistry())));
    listener.show(certificates.options(), certificates.fingerprints());
  }

  @AfterEach
  void close() {
    listener.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void showsTheNewCertificateToWhoeverComesAndHasOthersComeAgain() throws Exception {
    var first = fingerprint();
    try (var kept = connect("localhost")) {
      assertThat(shown(kept)).isEqualTo(first);
      assertThat(ask(kept)).doesNotContain("connection: close");
      assertThat(listener.connections().byCertificate()).containsEntry(first, 1L);

      place(files, "second", "localhost");
      exchange();

      try (var fresh = connect("localhost")) {
        assertThat(shown(fresh)).isEqualTo(fingerprint()).isNotEqualTo(first);
        assertThat(ask(fresh)).doesNotContain("connection: close");
        assertThat(listener.connections().byCertificate())
            .containsEntry(first, 1L)
            .containsEntry(fingerprint(), 1L);
      }
      assertThat(ask(kept)).contains("connection: close");
      kept.setSoTimeout(5000);
      assertThat(kept.getInputStream().read()).as("closed by the gateway").isEqualTo(-1);
    }
    assertThat(certificates.refused()).isEmpty();
  }

  @Test
  void saysGoAwayOverHttp2() throws Exception {
    var client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setTrustOptions(
                    new PemTrustOptions().addCertPath(authority.caCertificate().toString())));
    var connection =
        client
            .connect(new HttpConnectOptions().setHost("localhost").setPort(listener.port()))
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    var wentAway = new CompletableFuture<Void>();
    connection.shutdownHandler(_ -> wentAway.complete(null));
    connection.goAwayHandler(_ -> wentAway.complete(null));

    place(files, "second", "localhost");
    exchange();

    wentAway.get(10, TimeUnit.SECONDS);
    client.close();
  }

  @Test
  void goesOnWithTheOldPairUntilTheNewOneIsWhole() throws Exception {
    var first = fingerprint();
    var leaf = authority.issue("second", List.of("localhost"), List.of());
    copy(leaf.certificate(), files.certificate());
    exchange();
    assertThat(fingerprint()).isEqualTo(first);
    assertThat(certificates.refused())
        .singleElement()
        .asString()
        .endsWith("main.pem (is the other file still to come?)")
        .contains("main.key: not the key of ");

    copy(leaf.key(), files.key());
    exchange();
    assertThat(fingerprint()).isNotEqualTo(first);
    assertThat(certificates.refused()).isEmpty();
  }

  @Test
  void keepsServingWhenTheFilesBecomeRubbishOrAreGone() throws Exception {
    var first = fingerprint();
    Files.writeString(files.certificate(), "rubbish");
    exchange();
    assertThat(certificates.refused()).singleElement().asString().contains("expected: X.509, PEM");
    Files.delete(files.certificate());
    exchange();
    assertThat(certificates.refused()).singleElement().asString().contains("cannot be read");
    place(files, "second", "localhost");
    Files.writeString(files.key(), "rubbish");
    exchange();
    assertThat(certificates.refused()).singleElement().asString().contains("not a private key");

    try (var connection = connect("localhost")) {
      assertThat(shown(connection)).isEqualTo(first);
    }
  }

  @Test
  void refusesACertificateThatIsNotInItsTimeOrWhoseChainIsTurned() throws Exception {
    var later = now.plus(Duration.ofDays(36_500));
    assertThatThrownBy(
            () -> new ServedCertificates(vertx, files, Optional.empty(), "SETTING", later))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("expired at");

    var leaf = authority.issue("second", List.of("localhost"), List.of());
    Files.writeString(
        files.certificate(),
        Files.readString(authority.caCertificate()) + Files.readString(leaf.certificate()));
    copy(leaf.key(), files.key());
    exchange();
    assertThat(certificates.refused())
        .singleElement()
        .asString()
        .contains("certificate 1 was not signed by certificate 2");
  }

  @Test
  void showsEachNameItsOwnCertificateAndEverybodyElseTheOneOfTheSettings() throws Exception {
    place(inDirectory("a"), "a", "a.example.com");
    place(inDirectory("b"), "b", "*.b.example.com");
    exchange();

    assertThat(nameShown("a.example.com")).isEqualTo("a");
    assertThat(nameShown("x.b.example.com")).isEqualTo("b");
    assertThat(nameShown("elsewhere.example.com")).isEqualTo("first");

    Files.delete(inDirectory("a").certificate());
    exchange();
    assertThat(nameShown("a.example.com")).isEqualTo("first");
    assertThat(certificates.served()).hasSize(2);
  }

  private void exchange() {
    if (certificates.refresh(now)) {
      listener.show(certificates.options(), certificates.fingerprints());
    }
  }

  private String fingerprint() {
    return certificates.served().getFirst().fingerprint();
  }

  private CertificateFiles inDirectory(String name) {
    return new CertificateFiles(directory.resolve(name + ".pem"), directory.resolve(name + ".key"));
  }

  private void place(CertificateFiles to, String name, String dnsName) throws IOException {
    var leaf = authority.issue(name, List.of(dnsName), List.of());
    copy(leaf.key(), to.key());
    copy(leaf.certificate(), to.certificate());
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  /// The name under which the certificate was issued; the host's is another one of its names.
  private String nameShown(String asked) throws Exception {
    try (var connection = connect(asked)) {
      var leaf = (X509Certificate) connection.getSession().getPeerCertificates()[0];
      return String.valueOf(leaf.getSubjectAlternativeNames().iterator().next().get(1));
    }
  }

  private static String shown(SSLSocket connection) throws IOException {
    return ServedCertificate.fingerprint(connection.getSession().getPeerCertificates()[0]);
  }

  private SSLSocket connect(String name) throws Exception {
    var socket = (SSLSocket) tls().getSocketFactory().createSocket("127.0.0.1", listener.port());
    var parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name)));
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private SSLContext tls() throws Exception {
    var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream ca = Files.newInputStream(authority.caCertificate())) {
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
    }
    var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  /// The head of the answer, in lower case.
  private static String ask(SSLSocket connection) throws IOException {
    connection
        .getOutputStream()
        .write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
    var reader = new BufferedReader(new InputStreamReader(connection.getInputStream(), US_ASCII));
    var head = new StringBuilder();
    for (var line = reader.readLine(); !line.isEmpty(); line = reader.readLine()) {
      head.append(line.toLowerCase(java.util.Locale.ROOT)).append('\n');
    }
    return head.toString();
  }

  /// 204 for everybody.
  private static final class Hello implements Site {
    @Override
    public void serve(RequestScope scope, RequestPath path) {
      Answers.empty(scope, 204);
    }

    @Override
    public void close() {}
  }
}
