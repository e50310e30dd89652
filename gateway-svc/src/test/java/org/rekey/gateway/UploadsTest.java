package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rekey.testkit.KeyFiles;

/// Artifacts on their way to an upstream, where the route says which keys they must be signed by.
class UploadsTest {
  private static final KeyPair TRUSTED = KeyFiles.ec("secp256r1");
  private static final KeyPair OTHER = KeyFiles.ec("secp256r1");
  private static final String BOUNDARY = "40972909e6d02265c9eb2dd3c0b3b812";

  @TempDir Path home;
  private RawUpstream upstream;
  private Gate gate;
  private HttpClient client;

  @BeforeEach
  void start() throws Exception {
    upstream = new RawUpstream();
    Files.writeString(home.resolve("keys.pem"), KeyFiles.publicOnly(TRUSTED.getPublic()));
    gate =
        new Gate(
            home,
            """
            routes:
              - path: /artifacts
                audience: anyone
                upstream: %s
                artifact_keys: keys.pem
            """
                .formatted(upstream.url()),
            Map.of());
    client = gate.client(HttpClient.Version.HTTP_1_1);
  }

  @AfterEach
  void stop() {
    client.shutdownNow();
    gate.close();
    upstream.close();
  }

  private static byte[] payload(int size) {
    var payload = new byte[size];
    new Random(9).nextBytes(payload);
    return payload;
  }

  private static String part(String name, byte[] content) {
    return "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"a.mender\"\r\nContent-Type: application/octet-stream\r\n\r\n%s\r\n"
        .formatted(BOUNDARY, name, new String(content, ISO_8859_1));
  }

  private static String form(String... parts) {
    return "--%s\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\n107008\r\n"
            .formatted(BOUNDARY)
        + String.join("", parts)
        + "--"
        + BOUNDARY
        + "--\r\n";
  }

  private HttpResponse<String> post(HttpClient by, BodyPublisher body, String... headers)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(gate.url("/artifacts")))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
            .POST(body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return by.send(request.build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String body, String... headers) throws Exception {
    return post(client, BodyPublishers.ofByteArray(body.getBytes(ISO_8859_1)), headers);
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void passesASignedArtifactByteForByteHoweverLongItIs(HttpClient.Version version)
      throws Exception {
    var form = form(part("artifact", SmallArtifact.of(payload(3_000_000), TRUSTED)));
    try (var by = gate.client(version)) {
      // Known and unknown length.
      assertThat(post(by, BodyPublishers.ofByteArray(form.getBytes(ISO_8859_1))).statusCode())
          .isEqualTo(200);
      assertThat(
              post(
                      by,
                      BodyPublishers.ofInputStream(
                          () -> new ByteArrayInputStream(form.getBytes(ISO_8859_1))))
                  .statusCode())
          .isEqualTo(200);
    }
    assertThat(upstream.requests()).hasSize(2);
    for (String request : upstream.requests()) {
      assertThat(request.equals("POST /artifacts " + form.strip())).isTrue();
    }
  }

  private void refused(String why, String body, String... headers) throws Exception {
    var answer = post(body, headers);
    assertThat(answer.body()).contains(why);
    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(upstream.requests()).as("came whole").isEmpty();
  }

  @Test
  void refusesWhatNobodyTrustedHasSigned() throws Exception {
    refused(
        "the artifact is not signed",
        form(part("artifact", SmallArtifact.of(payload(500_000), null))));
    refused(
        "the artifact is not signed by a key that is trusted here",
        form(part("artifact", SmallArtifact.of(payload(500_000), OTHER))));
  }

  @Test
  void refusesADamagedArtifactThoughAllButItsEndHasGoneOn() throws Exception {
    var damaged = SmallArtifact.of(payload(500_000), TRUSTED);
    damaged[damaged.length - 50_000] ^= 1;
    refused("the artifact is damaged: checksum", form(part("artifact", damaged)));
    var small = SmallArtifact.of(payload(10), TRUSTED);
    small[small.length - 10_240 + 20] ^= 1;
    refused("the artifact is damaged", form(part("artifact", small)));
  }

  @Test
  void refusesAFormThatTwoProgramsCouldReadDifferently() throws Exception {
    var good = SmallArtifact.of(payload(1_000), TRUSTED);
    var bad = SmallArtifact.of(payload(1_000), null);
    refused("no part named artifact", form());
    refused("two parts named artifact", form(part("artifact", good), part("artifact", bad)));
    refused(
        "header that is not plain",
        form(part("artifact", good).replace("Content-Type", "Content-Transfer-Encoding")));
    refused(
        "header that is not plain",
        form(part("artifact", bad).replace("name=\"artifact\"", "name*=utf-8''artifact")));
    refused("does not begin with its boundary", "preamble\r\n" + form(part("artifact", good)));
    refused(
        "comes after the last part", form(part("artifact", good)) + form(part("artifact", bad)));
    refused(
        "no content",
        form(
            "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n",
            part("artifact", good)));
    refused("no Content-Encoding", form(part("artifact", good)), "Content-Encoding", "gzip");
    refused(
        "one Content-Type",
        form(part("artifact", good)),
        "Content-Type",
        "multipart/form-data; boundary=other");
  }

  @Test
  void letsOtherRequestsOfTheRoutePass() throws Exception {
    var answer =
        client.send(
            HttpRequest.newBuilder(URI.create(gate.url("/artifacts/1")))
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString("{\"description\":\"multipart\"}"))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(upstream.requests()).hasSize(1);
  }

  @Test
  void readsTheKeysAgainWhenOnlyTheirFileChanges() throws Exception {
    var byTrusted = form(part("artifact", SmallArtifact.of(payload(1000), TRUSTED)));
    var byOther = form(part("artifact", SmallArtifact.of(payload(1000), OTHER)));
    assertThat(post(byOther).statusCode()).isEqualTo(422);

    place(KeyFiles.publicOnly(OTHER.getPublic()));
    await(() -> post(byOther).statusCode() == 200);
    assertThat(post(byTrusted).statusCode()).isEqualTo(422);

    // Half a file changes nothing: what it said before goes on.
    place("-----BEGIN PUBLIC KEY-----\n");
    await(() -> readiness().contains("artifact_keys"));
    assertThat(post(byOther).statusCode()).isEqualTo(200);

    place(KeyFiles.publicOnly(TRUSTED.getPublic()) + KeyFiles.publicOnly(OTHER.getPublic()));
    await(() -> post(byTrusted).statusCode() == 200);
    assertThat(post(byOther).statusCode()).isEqualTo(200);
  }

  private String readiness() throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:%d/readyz".formatted(gate.managementPort())))
                .build(),
            BodyHandlers.ofString())
        .body();
  }

  private void place(String keys) throws Exception {
    var next = Files.writeString(home.resolve("keys.pem.next"), keys);
    Files.move(next, home.resolve("keys.pem"), ATOMIC_MOVE);
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(100);
    }
  }

  @Test
  void keepsTheLimitOfTheRoute() throws Exception {
    gate.write(
        """
        routes:
          - path: /artifacts
            audience: anyone
            upstream: %s
            artifact_keys: keys.pem
            body_limit: 100KiB
        """
            .formatted(upstream.url()));
    var form = form(part("artifact", SmallArtifact.of(payload(300_000), TRUSTED)));
    var body =
        BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(form.getBytes(ISO_8859_1)));
    await(() -> post(client, body).statusCode() == 413);
  }
}
