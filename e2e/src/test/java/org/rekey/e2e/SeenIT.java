package org.rekey.e2e;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.testkit.OtlpCollector;
import org.rekey.testkit.OtlpCollector.Span;
import org.rekey.testkit.PostgresExtension;
import org.slf4j.LoggerFactory;

/// What is seen of a running platform: logs, metrics, traces, readiness; and that no token is.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SeenIT {
  private static final String EMAIL = "seen@example.com";
  private static final String PASSWORD = "correct horse battery";
  private static final String INVENTORY = "/api/management/v1/inventory/devices";
  private static final String SOMEBODYS_TRACE =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Pattern HELP = Pattern.compile("(?m)^# HELP (\\S+) ");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z_0-9]+)` \\|");

  /// What libraries say of themselves is theirs to describe; the largest value of a timer is
  /// described with the timer.
  private static final Pattern OF_A_LIBRARY =
      Pattern.compile("(jvm|hikaricp|process|system)_.*|.*_seconds_max");

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir static Path directory;
  private static final OtlpCollector collector = new OtlpCollector();
  private static final FileAppender<ILoggingEvent> appender = new FileAppender<>();
  private static final Level levelBefore = root().getLevel();
  private static Platform platform;
  private static Client client;
  private static String token;

  @BeforeAll
  static void start() {
    captureLogs();
    platform =
        Platform.builder(directory, POSTGRES)
            .gatewaySetting("GATEWAY_ACCESS_LOG", directory.resolve("access.log").toString())
            .settingsOfAll(collector.environment())
            .start();
    client = new Client(platform, HttpClient.Version.HTTP_1_1);
    platform.createUser(EMAIL, PASSWORD);
    token = client.login(EMAIL, PASSWORD);
  }

  @AfterAll
  static void stop() {
    client.close();
    platform.close();
    collector.close();
    root().detachAppender(appender);
    root().setLevel(levelBefore);
    rekey().setLevel(null);
    appender.stop();
  }

  /// Everything that the services would say, and more.
  private static void captureLogs() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.start();
    appender.setContext(context);
    appender.setFile(directory.resolve("services.log").toString());
    appender.setEncoder(encoder);
    appender.start();
    root().addAppender(appender);
    root().setLevel(Level.INFO);
    rekey().setLevel(Level.TRACE);
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static Logger rekey() {
    return (Logger) LoggerFactory.getLogger("org.rekey");
  }

  @Test
  @Order(1)
  void oneTraceGoesFromTheGatewayThroughTheServicesToTheUpstream() throws IOException {
    Span login = awaited("gateway-svc", "POST ", "auth/login");
    Span asked = child(login, "gateway-svc", "rekey.useradm.v1.");
    Span served = child(asked, "useradm-svc", "rekey.useradm.v1.");
    Span signs = child(served, "useradm-svc", "rekey.keystore.v1.Signer/");
    child(signs, "keystore-svc", "rekey.keystore.v1.Signer/");
    assertThat(login.isRoot()).isTrue();

    var answer = client.send(client.authorized(INVENTORY + "?q=1", token));
    String told = new ObjectMapper().readTree(answer.body()).at("/headers/Traceparent").asText();
    Span request = awaited("gateway-svc", "GET /api/management", INVENTORY);
    Span verdict = child(request, "gateway-svc", "verdict");
    assertThat(verdict.attributes()).containsEntry("rekey.verdict", "accepted");
    Span onward = child(request, "gateway-svc", "GET");
    assertThat(told).startsWith("00-" + request.traceId() + "-" + onward.id());
    assertThat(accessLog()).contains(request.traceId());
  }

  @Test
  @Order(2)
  void noTokenAndNoPasswordIsInAnyLogMetricOrTrace() throws Exception {
    String tampered = token.substring(0, token.length() - 4) + "AAAA";
    String basic =
        Base64.getEncoder()
            .encodeToString((EMAIL + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
    for (String secret : List.of(token, tampered)) {
      for (HttpRequest.Builder request :
          List.of(
              client.authorized(INVENTORY, secret),
              client.request(INVENTORY).header("Cookie", "JWT=" + secret),
              client.authorized(INVENTORY + "?token=" + secret, secret),
              client.authorized(INVENTORY + "/" + secret + "/x", token),
              client.request("/elsewhere/" + secret),
              client.request("/api/management/v1/useradm/users/" + secret),
              client.authorized("/api/management/v1/useradm/users/" + secret, token),
              client.authorized(INVENTORY, token).header("User-Agent", "curl " + secret),
              client.authorized(INVENTORY, token).header("X-MEN-RequestID", part(secret)),
              client.authorized(INVENTORY, token).header("Referer", "https://x/?t=" + secret),
              client.authorized(INVENTORY, token).header("X-Forwarded-For", secret),
              client.authorized(INVENTORY, token).header("traceparent", "00-" + secret),
              client
                  .authorized(INVENTORY, token)
                  .header("traceparent", SOMEBODYS_TRACE)
                  .header("tracestate", "a=" + part(secret)),
              client.request(INVENTORY).header("Authorization", "Basic " + secret),
              client.request(INVENTORY).header("Authorization", "Basic " + basic),
              client.request(INVENTORY).header("Authorization", secret),
              client
                  .request("/api/management/v1/useradm/auth/login")
                  .header("Authorization", "Basic " + secret)
                  .POST(BodyPublishers.ofString("{\"token\":\"" + secret + "\"}")),
              client
                  .request("/api/devices/v1/authentication/auth_requests")
                  .header("X-MEN-Signature", secret)
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString("{\"id_data\":\"" + secret + "\"}")),
              client
                  .request("/api/devices/v1/deployments")
                  .header("Authorization", "Bearer " + secret),
              client
                  .authorized("/api/management/v1/useradm/settings/tokens", token)
                  .header("Content-Type", "application/json")
                  .POST(BodyPublishers.ofString("{\"name\":\"" + part(secret) + "\"}")))) {
        assertThat(client.send(request).statusCode()).isBetween(200, 499);
      }
    }
    assertThat(client.tryLogin(EMAIL, PASSWORD + "!").statusCode()).isEqualTo(401);
    int sent = 2 * 20;
    await().atMost(PATIENCE).until(() -> accessLog().lines().count() > sent);
    awaited("gateway-svc", "POST ", "auth_requests");

    String seen = everythingSeen();
    assertThat(seen).contains("\"user_agent\":\"curl [removed]\"");
    for (String secret : List.of(token, tampered)) {
      assertThat(around(part(secret), seen)).as("the end of a token's signature").isEmpty();
    }
    assertThat(seen.contains(PASSWORD)).as("the password").isFalse();
    assertThat(seen.contains(basic)).as("the password in base64").isFalse();
  }

  private static String everythingSeen() throws IOException {
    StringBuilder seen = new StringBuilder(accessLog());
    seen.append(Files.readString(directory.resolve("services.log")));
    seen.append(collector.spans());
    seen.append(platform.gatewayMetrics()).append(platform.useradmMetrics());
    seen.append(platform.deviceauthMetrics()).append(platform.keystoreMetrics());
    for (byte[] batch : collector.received()) {
      seen.append(new String(batch, StandardCharsets.ISO_8859_1));
    }
    return seen.toString();
  }

  /// What fits where 128 characters do: the end of a token's signature.
  private static String part(String token) {
    return token.substring(token.length() - 100);
  }

  /// Where a secret is seen, without it.
  private static String around(String secret, String seen) {
    int at = seen.indexOf(secret);
    return at < 0 ? "" : "after: " + seen.substring(Math.max(0, at - 200), at);
  }

  @Test
  @Order(3)
  void everyMetricIsDescribedAndEveryOneThatIsDescribedIsServed() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "metrics.md"));
    Set<String> described = described(page);
    Set<String> always = described(page.substring(0, page.indexOf("## Only once it has happened")));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(served()).as("served").isSubsetOf(described).containsAll(always));
  }

  /// Alerts and panels ask for the parts that a metric of its kind has.
  @Test
  @Order(3)
  void gaugesOfSecondsAndHistogramsAreDescribedAsSuch() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "metrics.md"));
    for (String kind : List.of("gauge", "histogram")) {
      Pattern row = Pattern.compile("(?m)^\\| `([a-z_0-9]+)` \\|.*\\*" + kind + "\\*.*\\|$");
      Pattern type = Pattern.compile("(?m)^# TYPE (\\S+_seconds) " + kind + "$");
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(served(type)).as(kind).isEqualTo(names(row, page)));
    }
  }

  private static Set<String> described(String page) {
    return names(ROW, page);
  }

  private static Set<String> served() {
    return served(HELP);
  }

  private static Set<String> served(Pattern line) {
    Set<String> names = new TreeSet<>();
    for (String scraped :
        List.of(
            platform.gatewayMetrics(),
            platform.useradmMetrics(),
            platform.deviceauthMetrics(),
            platform.keystoreMetrics())) {
      names.addAll(names(line, scraped));
    }
    names.removeIf(name -> OF_A_LIBRARY.matcher(name).matches());
    return names;
  }

  private static Set<String> names(Pattern line, String text) {
    return line.matcher(text)
        .results()
        .map(found -> found.group(1))
        .collect(toCollection(TreeSet::new));
  }

  @Test
  @Order(4)
  void readinessFollowsWhatIsTakenAwayAndBroughtBack() throws Exception {
    for (String service : List.of("keystore", "useradm", "deviceauth", "gateway")) {
      awaitReadiness(service, 200, "ready");
    }

    platform.stopKeystore();
    awaitReadiness("useradm", 200, "keystore-svc cannot be reached: nobody is given a new token");
    assertThat(client.statusWith(token)).as("verdicts go on").isEqualTo(200);
    platform.startKeystore();
    await().atMost(PATIENCE).until(() -> !readiness("useradm").contains("keystore-svc"));

    platform.stopUseradm();
    awaitReadiness("gateway", 503, "useradm-svc cannot be reached");
    platform.startUseradm();
    awaitReadiness("gateway", 200, "ready");

    Path logKey = directory.resolve("log.key");
    Files.move(logKey, directory.resolve("log.key.away"));
    awaitReadiness("keystore", 200, "KEYSTORE_LOG_KEY");
    Files.move(directory.resolve("log.key.away"), logKey);
    assertThat(readiness("keystore")).doesNotContain("KEYSTORE_LOG_KEY");

    takeDatabaseAway(true);
    for (String service : List.of("keystore", "useradm", "deviceauth")) {
      awaitReadiness(service, 503, "the database cannot be reached");
    }
    takeDatabaseAway(false);
    for (String service : List.of("keystore", "useradm", "deviceauth")) {
      awaitReadiness(service, 200, "ready");
    }
  }

  @Test
  @Order(5)
  void anIssuerThatStartsBeforeItsKeystoreWaitsForItButNotForLong() {
    platform.stopUseradm();
    platform.stopKeystore();
    platform.startUseradm();
    awaitReadiness("useradm", 503, "keystore-svc was not reached yet");
    awaitReadiness("useradm", 200, "keystore-svc cannot be reached: nobody is given a new token");
    platform.startKeystore();
    await().atMost(PATIENCE).until(() -> !readiness("useradm").contains("keystore-svc"));
    awaitReadiness("useradm", 200, "ready");
  }

  /// Nobody may connect to it, and who was connected is cut off.
  private static void takeDatabaseAway(boolean away) throws SQLException {
    String url = platform.databaseUrl();
    String name = url.substring(url.lastIndexOf('/') + 1).replaceAll("\\?.*", "");
    try (var connection =
            DriverManager.getConnection(
                url.substring(0, url.lastIndexOf('/') + 1) + "postgres", "postgres", "");
        var statement = connection.createStatement()) {
      statement.execute("ALTER DATABASE \"" + name + "\" ALLOW_CONNECTIONS " + !away);
      if (away) {
        statement.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
                + name
                + "'");
      }
    }
  }

  private static void awaitReadiness(String service, int status, String text) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              var readiness = platform.readiness(service);
              assertThat(readiness.body()).as(service).contains(text);
              assertThat(readiness.statusCode()).as(service).isEqualTo(status);
            });
  }

  private static String readiness(String service) {
    return platform.readiness(service).body();
  }

  private static String accessLog() throws IOException {
    return Files.readString(directory.resolve("access.log"));
  }

  private static Span awaited(String service, String name, String path) {
    return found(
        () ->
            collector
                .find(
                    span ->
                        span.service().equals(service)
                            && span.name().startsWith(name)
                            && span.attributes().getOrDefault("url.path", "").contains(path))
                .orElse(null));
  }

  private static Span child(Span parent, String service, String name) {
    Span child =
        found(
            () ->
                collector
                    .find(
                        span ->
                            span.parentId().equals(parent.id())
                                && span.service().equals(service)
                                && span.name().startsWith(name))
                    .orElse(null));
    assertThat(child.traceId()).isEqualTo(parent.traceId());
    return child;
  }

  private static Span found(Callable<Span> search) {
    return await().atMost(PATIENCE).until(search, span -> span != null);
  }
}
