package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.tls.LocalAuthority;

/// Several upstreams, sick ones, and routes that change.
class UpstreamsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  @TempDir Path home;
  private RawUpstream first;
  private RawUpstream second;
  private Gate gate;
  private HttpClient client;

  @BeforeEach
  void start() {
    first = new RawUpstream(talk -> answerAs(talk, "first"));
    second = new RawUpstream(talk -> answerAs(talk, "second"));
    gate =
        new Gate(home, routes("upstream: [%s, %s]".formatted(first.url(), second.url())), Map.of());
    client = gate.client(HttpClient.Version.HTTP_1_1);
  }

  @AfterEach
  void stop() {
    client.shutdownNow();
    gate.close();
    first.close();
    second.close();
  }

  private static String routes(String upstream) {
    return "routes:\n  - path: /open\n    audience: anyone\n    " + upstream + "\n";
  }

  private static void answerAs(RawUpstream.Talk talk, String name) throws java.io.IOException {
    while (talk.readRequest()) {
      talk.answer(200, name);
    }
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path), BodyHandlers.ofString());
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create(gate.url(path))).timeout(PATIENCE).build();
  }

  private void awaitBody(String path, String body) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!get(path).body().contains(body)) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(50);
    }
  }

  private String management(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + gate.managementPort() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
        .body();
  }

  @Test
  void areTakenInTurn() throws Exception {
    assertThat(get("/open").body() + get("/open").body() + get("/open").body())
        .isIn("firstsecondfirst", "secondfirstsecond");
  }

  @Test
  void aRequestThatFoundNoConnectionGoesToAnotherWhateverItsMethod() throws Exception {
    int port = first.port();
    first.close();
    for (int i = 0; i < 6; i++) {
      HttpRequest post =
          HttpRequest.newBuilder(URI.create(gate.url("/open")))
              .timeout(PATIENCE)
              .POST(HttpRequest.BodyPublishers.ofString("body"))
              .build();
      assertThat(client.send(post, BodyHandlers.ofString()).body()).isEqualTo("second");
    }
    assertThat(management("/readyz")).contains(first.port() + ": this upstream is not used now");
    first = new RawUpstream(port, talk -> answerAs(talk, "back"));
    awaitBody("/open", "back");
  }

  @Test
  void aHealthCheckThatFailsTakesOneOutAndBringsItBack() throws Exception {
    AtomicBoolean isWell = new AtomicBoolean();
    try (RawUpstream sick =
        new RawUpstream(
            talk -> {
              while (talk.readRequest()) {
                boolean isCheck = talk.last().startsWith("GET /health");
                talk.answer(isCheck && !isWell.get() ? 500 : 200, "sick");
              }
            })) {
      gate.write(
          routes(
              "upstream: [%s, %s]\n    health: /health\n    health_interval: 250ms"
                  .formatted(sick.url(), second.url())));
      awaitBody("/open", "sick");
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!management("/metrics").contains("gateway_upstreams_down 1.0")) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(50);
      }
      assertThat(get("/open").body() + get("/open").body()).isEqualTo("secondsecond");
      isWell.set(true);
      awaitBody("/open", "sick");
    }
  }

  @Test
  void otherRoutesCountSoonAndBadOnesDoNot() throws Exception {
    gate.write(routes("upstream: " + second.url() + "\n    rewrite: /elsewhere"));
    long began = System.nanoTime();
    while (second.requests().stream().noneMatch(line -> line.contains("/elsewhere"))) {
      get("/open/x");
      Thread.sleep(20);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(PATIENCE);

    gate.write("routes:\n  - pth: /open\n");
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!management("/readyz").contains("routes.yaml:2: pth: did you mean `path`?")) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(50);
    }
    assertThat(management("/readyz")).startsWith("useradm");
    assertThat(management("/metrics")).contains("gateway_routes_refused");
    assertThat(get("/open/y").body()).isEqualTo("second");
    assertThat(second.requests()).contains("GET /elsewhere/y");
  }

  @Test
  void aRequestUnderWayEndsOnTheRoutesWithWhichItBegan() throws Exception {
    CountDownLatch came = new CountDownLatch(1);
    CountDownLatch mayAnswer = new CountDownLatch(1);
    try (RawUpstream slow =
        new RawUpstream(
            talk -> {
              while (talk.readRequest()) {
                came.countDown();
                try {
                  mayAnswer.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
                talk.answer(200, "slow");
              }
            })) {
      gate.write(routes("upstream: " + slow.url()));
      CompletableFuture<HttpResponse<String>> answer;
      do {
        answer = client.sendAsync(request("/open"), BodyHandlers.ofString());
      } while (!came.await(200, java.util.concurrent.TimeUnit.MILLISECONDS));
      gate.write(routes("upstream: " + second.url() + "\n    rewrite: /new"));
      while (second.requests().stream().noneMatch(line -> line.contains("/new"))) {
        var _ = client.sendAsync(request("/open"), BodyHandlers.ofString());
        Thread.sleep(20);
      }
      mayAnswer.countDown();
      assertThat(answer.get().body()).isEqualTo("slow");
    }
  }

  @Test
  void aCertificateMustBeOfTheAuthorityAndForTheName() throws Exception {
    HttpsServer server = https(gate.certificate("backend.internal"));
    try {
      String url = "upstream: https://127.0.0.1:" + server.getAddress().getPort();
      String ca = "\n    ca: pki/ca.pem";
      gate.write(
          routes(url).replace("/open", "/unknown")
              + routes(url + ca).replace("/open", "/misnamed").replace("routes:\n", "")
              + routes(url + ca + "\n    server_name: backend.internal")
                  .replace("/open", "/good")
                  .replace("routes:\n", ""));
      awaitBody("/good", "over TLS");
      assertThat(get("/unknown").statusCode()).isIn(502, 503);
      assertThat(get("/misnamed").statusCode()).isIn(502, 503);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void anotherContentOfAnAuthoritiesFileCountsAndABadOneDoesNot() throws Exception {
    HttpsServer server = https(gate.certificate("localhost"));
    try {
      Path ca = home.resolve("backends.pem");
      LocalAuthority stranger =
          LocalAuthority.open(home.resolve("stranger"), Instant.now(), new SecureRandom());
      Files.copy(stranger.caCertificate(), ca);
      gate.write(
          routes("upstream: https://localhost:" + server.getAddress().getPort())
              + "    ca: backends.pem\n");
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (get("/open").statusCode() < 500) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(50);
      }
      Files.copy(gate.caCertificate(), ca, StandardCopyOption.REPLACE_EXISTING);
      awaitBody("/open", "over TLS");
      Files.writeString(ca, "nothing of the kind");
      while (!management("/readyz").contains("ca: " + ca + ": no")) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(50);
      }
      assertThat(get("/open").body()).isEqualTo("over TLS");
    } finally {
      server.stop(0);
    }
  }

  private static HttpsServer https(LocalAuthority.Leaf leaf) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    String pem =
        Files.readString(leaf.key()).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
    try (var in = Files.newInputStream(leaf.certificate())) {
      Certificate certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
      keys.setKeyEntry(
          "key",
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))),
          new char[0],
          new Certificate[] {certificate});
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          byte[] body = "over TLS".getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }
}
