package org.rekey.useradm.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
import org.rekey.runtime.outbox.Outbox;
import org.rekey.testkit.PostgresExtension;
import org.rekey.useradm.Email;
import org.rekey.useradm.PersonalAccessToken;
import org.rekey.useradm.TakeoverStore;
import org.rekey.useradm.TakeoverStore.TokenEntry;
import org.rekey.useradm.TokenStore.EndedBy;
import org.rekey.useradm.TokenStore.Entered;
import org.rekey.useradm.TokenStore.Entry;
import org.rekey.useradm.TokenStore.KidUsage;
import org.rekey.useradm.TokenStore.Outdated;
import org.rekey.useradm.TokenStore.Owner;
import org.rekey.useradm.TokenStore.PersonalEntry;
import org.rekey.useradm.TokenStore.Session;
import org.rekey.useradm.UnknownKids;
import org.rekey.useradm.User;
import org.rekey.useradm.UserStore.Addition;
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
    RevocationEvents events = new RevocationEvents(Outbox.closed(), () -> NOW);
    users = new PostgresUsers(database.jdbi(), events);
    tokens = new PostgresTokens(database.jdbi(), events, new UnknownKids());
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
    assertThat(users.add(second, "another hash")).isEqualTo(Addition.EMAIL_TAKEN);
    User same = new User("ann", new Email("ann2@example.com"), NOW, NOW, null);
    assertThat(users.add(same, "another hash")).isEqualTo(Addition.ID_TAKEN);
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
    assertThat(tokens.remove("t1", "bob", EndedBy.LOGOUT)).isFalse();
    assertThat(tokens.remove("t1", "ann", EndedBy.LOGOUT)).isTrue();
    assertThat(tokens.remove("t1", "ann", EndedBy.LOGOUT)).isFalse();
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
            new KidUsage(0L, 2, 0, 2, List.of(ann(1), bob(1)), NOW.plusSeconds(20), false),
            new KidUsage(5539L, 2, 0, 1, List.of(ann(2)), NOW.plusSeconds(5), true));
  }

  private static Owner ann(long tokens) {
    return new Owner("ann", "ann@example.com", tokens);
  }

  private static Owner bob(long tokens) {
    return new Owner("bob", "bob@example.com", tokens);
  }

  @Test
  void namesTheTwentyOwnersWithTheMostTokensOfEachKid() {
    for (int i = 0; i < 30; i++) {
      Credentials user = new Credentials("user%02d".formatted(i), "hash");
      add(user);
      for (int j = 0; j <= i; j++) {
        enter("t" + i + "-" + j, user, 7, null, 0);
      }
    }
    assertThat(tokens.usage(NOW))
        .singleElement()
        .satisfies(
            usage -> {
              assertThat(usage.sessions()).isEqualTo(30 * 31 / 2);
              assertThat(usage.owners()).isEqualTo(30);
              assertThat(usage.topOwners()).hasSize(20);
              assertThat(usage.topOwners().getFirst())
                  .isEqualTo(new Owner("user29", "user29@example.com", 30));
              assertThat(usage.topOwners().getLast())
                  .isEqualTo(new Owner("user10", "user10@example.com", 11));
            });
  }

  @Test
  void countsPersonalAccessTokensAndThoseOfUnknownKidsApart() {
    PostgresTakeover takeover = new PostgresTakeover(database.jdbi());
    enter("t1", ANN, 7, null, 0);
    assertThat(enterPersonal("p1", 7L, null)).isEqualTo(PersonalEntry.ENTERED);
    assertThat(
            takeover.enter(
                List.of(
                    new TokenEntry("old1", "ann", "ci", null, NOW, null, null),
                    new TokenEntry("old2", "bob", null, null, NOW, NOW.plusSeconds(5), null),
                    new TokenEntry("old3", "bob", null, 7L, NOW, NOW.plusSeconds(9), null))))
        .containsOnly(TakeoverStore.Outcome.TAKEN);
    assertThat(tokens.usage(NOW))
        .containsExactly(
            new KidUsage(7L, 2, 1, 2, List.of(ann(2), bob(1)), NOW.plusSeconds(9), true),
            new KidUsage(null, 1, 1, 2, List.of(ann(1), bob(1)), NOW.plusSeconds(5), true));
  }

  @Test
  void learnsAKidOnceAndForEver() {
    UnknownKids unknown = new UnknownKids();
    PostgresTokens watching =
        new PostgresTokens(
            database.jdbi(), new RevocationEvents(Outbox.closed(), () -> NOW), unknown);
    new PostgresTakeover(database.jdbi())
        .enter(List.of(new TokenEntry("old", "ann", "ci", null, NOW, null, null)));
    assertThat(watching.live(List.of("old"))).containsOnlyKeys("old");
    watching.noteKids(Map.of("old", 5539L, "gone", 1L));
    watching.noteKids(Map.of("old", 8L));
    assertThat(tokens.personal("ann", NOW))
        .singleElement()
        .extracting(PersonalAccessToken::kid)
        .isEqualTo(5539L);
  }

  @Test
  void notesALastUseOnlyWhenTheOneBeforeIsOldEnough() {
    assertThat(enterPersonal("p1", 7L, null)).isEqualTo(PersonalEntry.ENTERED);
    Duration pause = Duration.ofMinutes(5);
    assertThat(lastUse()).isNull();
    tokens.noteUses(Map.of("p1", NOW, "gone", NOW), pause);
    assertThat(lastUse()).isEqualTo(NOW.truncatedTo(ChronoUnit.MILLIS));
    tokens.noteUses(Map.of("p1", NOW.plus(pause).minusMillis(2)), pause);
    assertThat(lastUse()).isEqualTo(NOW.truncatedTo(ChronoUnit.MILLIS));
    Instant later = NOW.plus(pause).truncatedTo(ChronoUnit.MILLIS);
    tokens.noteUses(Map.of("p1", later), pause);
    assertThat(lastUse()).isEqualTo(later);
    tokens.noteUses(Map.of("p1", NOW), pause);
    assertThat(lastUse()).isEqualTo(later);
  }

  private @Nullable Instant lastUse() {
    return tokens.personal("ann", NOW).getFirst().lastUsedAt();
  }

  /// Whoever has lost their session cannot turn it into a token that lasts.
  @Test
  void nothingIsEnteredWithATokenThatHasEnded() {
    enter("mine", ANN, 7, null, 0);
    var wanted = new PersonalAccessToken("new", "ann", "ci", 7L, NOW, null, null);
    assertThat(tokens.enter(wanted, 10, "never")).isEqualTo(PersonalEntry.CALLER_ENDED);
    assertThat(tokens.remove("mine", "ann", EndedBy.REVOCATION)).isTrue();
    assertThat(tokens.enter(wanted, 10, "mine")).isEqualTo(PersonalEntry.CALLER_ENDED);
    enter("again", ANN, 7, null, 0);
    assertThat(tokens.enter(wanted, 10, "again")).isEqualTo(PersonalEntry.ENTERED);
  }

  @Test
  void takesTheNameOfAPersonalAccessTokenOncePerUser() {
    assertThat(enterPersonal("p1", 7L, NOW.plusSeconds(5))).isEqualTo(PersonalEntry.ENTERED);
    PersonalAccessToken same = new PersonalAccessToken("p2", "ann", "p1", 7L, NOW, null, null);
    assertThat(tokens.enter(same, 10, null)).isEqualTo(PersonalEntry.NAME_TAKEN);
    PersonalAccessToken bobs = new PersonalAccessToken("p3", "bob", "p1", 7L, NOW, null, null);
    assertThat(tokens.enter(bobs, 10, null)).isEqualTo(PersonalEntry.ENTERED);
    PersonalAccessToken afterwards =
        new PersonalAccessToken("p4", "ann", "p1", 7L, NOW.plusSeconds(5), null, null);
    assertThat(tokens.enter(afterwards, 1, null)).isEqualTo(PersonalEntry.ENTERED);
    assertThat(tokens.live(List.of("p1", "p2", "p3", "p4"))).containsOnlyKeys("p3", "p4");
  }

  @Test
  void doesNotCountExpiredSessionsInTheLimit() {
    enter("a1", ANN, 7, null, 2);
    enter("a2", ANN, 7, NOW.minusSeconds(1), 2);
    assertThat(enter("a3", ANN, 7, null, 2)).isEqualTo(new Entered(List.of()));
    assertThat(tokens.live(List.of("a1", "a3"))).containsOnlyKeys("a1", "a3");
  }

  private PersonalEntry enterPersonal(String id, Long kid, @Nullable Instant expiresAt) {
    return tokens.enter(
        new PersonalAccessToken(id, "ann", id, kid, NOW, expiresAt, null), 10, null);
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
        .isEqualTo(Addition.ADDED);
  }
}
