package org.rekey.useradm.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.runtime.db.Database;
import org.rekey.testkit.PostgresExtension;
import org.rekey.useradm.Email;
import org.rekey.useradm.TokenStore.Entered;
import org.rekey.useradm.TokenStore.Entry;
import org.rekey.useradm.TokenStore.KidUsage;
import org.rekey.useradm.TokenStore.Outdated;
import org.rekey.useradm.TokenStore.Session;
import org.rekey.useradm.User;
import org.rekey.useradm.UserStore.Credentials;
import org.rekey.verifier.serve.LiveToken;

class PostgresTokensIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00.123456Z");
  private static final Credentials ANN = new Credentials("ann", "hash of ann");
  private static final Credentials BOB = new Credentials("bob", "hash of bob");

  private Database database;
  private PostgresUsers users;
  private PostgresTokens tokens;

  @BeforeEach
  void open() {
    database = Database.open(POSTGRES.newDatabase(), "useradm", new SimpleMeterRegistry());
    users = new PostgresUsers(database.jdbi());
    tokens = new PostgresTokens(database.jdbi());
    add(ANN);
    add(BOB);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void findsAUserByEmailAndTakesEachEmailOnce() {
    assertThat(users.credentials(new Email("ann@example.com"))).contains(ANN);
    assertThat(users.credentials(new Email("eve@example.com"))).isEmpty();
    User second = new User("ann2", new Email("ann@example.com"), NOW, NOW, null);
    assertThat(users.add(second, "another hash")).isFalse();
    assertThat(users.credentials(new Email("ann@example.com"))).contains(ANN);
  }

  @Test
  void listsAsLiveWhatWasEnteredAndNotRemoved() {
    enter("t1", ANN, 7, NOW.plusSeconds(60), 10);
    enter("t2", BOB, 7, null, 10);
    assertThat(tokens.live(List.of("t1", "t2", "t3", "'; DROP TABLE token; --")))
        .isEqualTo(
            Map.of(
                "t1", new LiveToken("ann", LiveToken.Kind.USER_SESSION),
                "t2", new LiveToken("bob", LiveToken.Kind.USER_SESSION)));
    assertThat(tokens.remove("t1", "bob")).isFalse();
    assertThat(tokens.remove("t1", "ann")).isTrue();
    assertThat(tokens.remove("t1", "ann")).isFalse();
    assertThat(tokens.live(List.of("t1"))).isEmpty();
  }

  @Test
  void endsTheOldestSessionsOfTheSameUserOverTheLimit() {
    enter("b1", BOB, 7, null, 2);
    assertThat(enter("a1", ANN, 7, null, 2)).isEqualTo(new Entered(List.of()));
    assertThat(enter("a2", ANN, 7, null, 2)).isEqualTo(new Entered(List.of()));
    assertThat(enter("a3", ANN, 7, null, 2)).isEqualTo(new Entered(List.of("a1")));
    assertThat(tokens.live(List.of("a1", "a2", "a3", "b1"))).containsOnlyKeys("a2", "a3", "b1");
  }

  @Test
  void knowsTheOldestByTheOrderOfIssueAndNotByTheClock() {
    tokens.enter(new Session("late", "ann", 7, NOW.plusSeconds(99), null), ANN, 1);
    tokens.enter(new Session("early", "ann", 7, NOW, null), ANN, 1);
    assertThat(tokens.live(List.of("late", "early"))).containsOnlyKeys("early");
  }

  @Test
  void keepsAnyNumberOfSessionsWhenThereIsNoLimit() {
    for (int i = 0; i < 25; i++) {
      enter("t" + i, ANN, 7, null, 0);
    }
    assertThat(tokens.usage(NOW)).extracting(KidUsage::sessions).containsExactly(25L);
  }

  @Test
  void keepsTheLimitWhenManyLogInAtOnce() {
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Entry>> logins =
          IntStream.range(0, 40)
              .mapToObj(
                  i ->
                      CompletableFuture.supplyAsync(() -> enter("t" + i, ANN, 7, null, 5), callers))
              .toList();
      assertThat(logins).allSatisfy(l -> assertThat(l.join()).isInstanceOf(Entered.class));
    }
    assertThat(tokens.usage(NOW)).extracting(KidUsage::sessions).containsExactly(5L);
  }

  @Test
  void entersNothingForAPasswordThatIsNoLongerTrue() {
    Credentials old = new Credentials("ann", "an older hash");
    assertThat(enter("t1", old, 7, null, 10)).isEqualTo(new Outdated());
    Credentials gone = new Credentials("gone", "hash");
    assertThat(enter("t2", gone, 7, null, 10)).isEqualTo(new Outdated());
    assertThat(tokens.live(List.of("t1", "t2"))).isEmpty();
  }

  @Test
  void notesTheLogin() {
    enter("t1", ANN, 7, null, 10);
    Instant loginAt =
        database
            .jdbi()
            .withHandle(
                handle ->
                    handle
                        .createQuery("SELECT login_at FROM users WHERE id = 'ann'")
                        .mapTo(Instant.class)
                        .one());
    assertThat(loginAt).isEqualTo(NOW);
  }

  @Test
  void countsLiveTokensByKid() {
    enter("t1", ANN, 0, NOW.plusSeconds(10), 10);
    enter("t2", BOB, 0, NOW.plusSeconds(20), 10);
    enter("t3", BOB, 0, NOW.minusSeconds(1), 10);
    enter("t4", ANN, 5539, null, 10);
    enter("t5", ANN, 5539, NOW.plusSeconds(5), 10);
    enter("t6", ANN, 8, NOW.minusSeconds(1), 10);
    assertThat(tokens.usage(NOW))
        .containsExactly(
            new KidUsage(0, 2, 0, NOW.plusSeconds(20), false),
            new KidUsage(5539, 2, 0, NOW.plusSeconds(5), true));
  }

  @Test
  void removesExpiredTokensInBatches() {
    for (int i = 0; i < 5; i++) {
      enter("old" + i, ANN, 7, NOW.minusSeconds(1), 0);
    }
    enter("new", ANN, 7, NOW.plus(Duration.ofDays(1)), 0);
    enter("never", ANN, 7, null, 0);
    assertThat(tokens.removeExpired(NOW, 3)).isEqualTo(3);
    assertThat(tokens.removeExpired(NOW, 3)).isEqualTo(2);
    assertThat(tokens.removeExpired(NOW, 3)).isZero();
    assertThat(tokens.live(List.of("old0", "old4", "new", "never")))
        .containsOnlyKeys("new", "never");
  }

  private Entry enter(
      String id, Credentials user, long kid, @Nullable Instant expiresAt, int limit) {
    return tokens.enter(new Session(id, user.userId(), kid, NOW, expiresAt), user, limit);
  }

  private void add(Credentials user) {
    Email email = new Email(user.userId() + "@example.com");
    assertThat(users.add(new User(user.userId(), email, NOW, NOW, null), user.passwordHash()))
        .isTrue();
  }
}
