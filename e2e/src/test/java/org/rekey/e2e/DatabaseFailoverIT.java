package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.e2e.platform.Broker;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.DatabasePair;
import org.rekey.e2e.platform.Platform;
import org.rekey.testkit.PostgresExtension;

/// The database dies without a word and another takes its place: all services find it by
/// themselves, and what was answered with success has happened.
class DatabaseFailoverIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final String EMAIL = "admin@example.com";
  private static final String PASSWORD = "correct horse";

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  @TempDir Path directory;

  private final List<String> kept = new CopyOnWriteArrayList<>();
  private final List<String> ended = new CopyOnWriteArrayList<>();

  @Test
  void whatWasAnsweredHasHappenedAndServicesComeBackByThemselves() throws Exception {
    try (DatabasePair database = DatabasePair.start(directory);
        Platform platform = platform(database);
        Client client = new Client(platform, HttpClient.Version.HTTP_1_1)) {
      platform.createUser(EMAIL, PASSWORD);
      AtomicBoolean stop = new AtomicBoolean();
      Thread traffic = Thread.ofVirtual().start(() -> comeAndGo(client, stop));
      await().atMost(SOON).until(() -> kept.size() >= 5);
      String early = kept.getFirst();
      assertThat(client.statusWith(early)).isEqualTo(200);

      database.kill();
      assertThat(client.statusWith(early))
          .as("a token that was in use needs no database")
          .isEqualTo(200);
      database.takeOver();

      int before = kept.size();
      await().atMost(SOON).until(() -> kept.size() >= before + 5);
      stop.set(true);
      traffic.join();
      assertThat(kept).allSatisfy(token -> assertThat(client.statusWith(token)).isEqualTo(200));
      assertThat(ended).allSatisfy(token -> assertThat(client.statusWith(token)).isEqualTo(401));
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(events(platform))
                      .as("every logout is an event, and none is lost")
                      .isGreaterThanOrEqualTo(ended.size()));
      platform.awaitAllCaughtUp();
    }
  }

  private Platform platform(DatabasePair database) throws Exception {
    Platform.Builder builder =
        Platform.builder(Files.createDirectory(directory.resolve("platform")), POSTGRES)
            .useradmSetting("USERADM_LIMIT_SESSIONS_PER_USER", "0");
    for (Map.Entry<String, String> one : database.environment("KEYSTORE").entrySet()) {
      builder.keystoreSetting(one.getKey(), one.getValue());
    }
    for (Map.Entry<String, String> one : database.environment("USERADM").entrySet()) {
      builder.useradmSetting(one.getKey(), one.getValue());
    }
    for (Map.Entry<String, String> one : database.environment("DEVICEAUTH").entrySet()) {
      builder.deviceauthSetting(one.getKey(), one.getValue());
    }
    return builder.start();
  }

  /// Two logins and a logout, over and over; notes only what was answered with success.
  private void comeAndGo(Client client, AtomicBoolean stop) {
    while (!stop.get()) {
      try {
        login(client, kept);
        List<String> going = new CopyOnWriteArrayList<>();
        login(client, going);
        for (String token : going) {
          if (client.logout(token) / 100 == 2) {
            ended.add(token);
          }
        }
        Thread.sleep(50);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // Time-outs while nobody can write; what was not answered may or may not have happened.
      }
    }
  }

  private static void login(Client client, List<String> tokens) {
    var response = client.tryLogin(EMAIL, PASSWORD);
    if (response.statusCode() == 200) {
      tokens.add(response.body());
    }
  }

  /// Watermarks have no key.
  private static long events(Platform platform) {
    return platform.kafka().records(Broker.TOKENS).stream()
        .map(ConsumerRecord::key)
        .filter(key -> key != null && !key.isEmpty())
        .count();
  }
}
