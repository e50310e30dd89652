package org.rekey.useradm.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.proto.auth.v1.TokenEvent;
import org.rekey.proto.auth.v1.TokenEvent.Cause;
import org.rekey.proto.auth.v1.TokenEvent.Revoked;
import org.rekey.runtime.db.Database;
import org.rekey.runtime.outbox.Outbox;
import org.rekey.testkit.PostgresExtension;
import org.rekey.useradm.Email;
import org.rekey.useradm.PersonalAccessToken;
import org.rekey.useradm.TokenStore.EndedBy;
import org.rekey.useradm.TokenStore.Session;
import org.rekey.useradm.UnknownKids;
import org.rekey.useradm.User;
import org.rekey.useradm.UserStore.Account;
import org.rekey.useradm.UserStore.AddressTaken;
import org.rekey.useradm.UserStore.Changed;
import org.rekey.useradm.UserStore.ChangedMeanwhile;
import org.rekey.useradm.UserStore.Credentials;
import org.rekey.useradm.UserStore.Wish;

/// What stands in the outbox when tokens end.
class RevocationEventsIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00.123456Z");
  private static final Email ANN = new Email("ann@example.com");

  private final AtomicInteger rings = new AtomicInteger();
  private Database database;
  private PostgresUsers users;
  private PostgresTokens tokens;

  private record Event(String topic, String key, Revoked revoked) {}

  @BeforeEach
  void open() {
    database = Database.open(POSTGRES.newDatabase(), "useradm", new SimpleMeterRegistry());
    RevocationEvents events = new RevocationEvents(Outbox.open(rings::incrementAndGet), () -> NOW);
    users = new PostgresUsers(database.jdbi(), events);
    tokens = new PostgresTokens(database.jdbi(), events, new UnknownKids());
    add("ann", ANN);
    add("bob", new Email("bob@example.com"));
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void tellsOfALogoutAndOfARevocationOnce() {
    session("t1");
    session("t2");
    assertThat(tokens.remove("t1", "ann", EndedBy.LOGOUT)).isTrue();
    assertThat(tokens.remove("t1", "ann", EndedBy.LOGOUT)).isFalse();
    assertThat(tokens.remove("t2", "bob", EndedBy.REVOCATION)).isFalse();
    assertThat(tokens.remove("t2", "ann", EndedBy.REVOCATION)).isTrue();
    assertThat(events())
        .containsExactly(event(Cause.CAUSE_LOGOUT, "t1"), event(Cause.CAUSE_REVOKED, "t2"));
    assertThat(rings).hasValue(2);
  }

  @Test
  void tellsOfTheSessionsThatTheLimitEnded() {
    session("t1");
    session("t2");
    tokens.enter(new Session("t3", "ann", 7, NOW, null), new Credentials("ann", "hash"), 1);
    assertThat(events()).singleElement().satisfies(this::endsBothUnderTheLimit);
  }

  private void endsBothUnderTheLimit(Event event) {
    assertThat(event.revoked().getCause()).isEqualTo(Cause.CAUSE_SESSION_LIMIT);
    assertThat(event.revoked().getTokenIdsList()).containsExactlyInAnyOrder("t1", "t2");
  }

  @Test
  void tellsOfANewPasswordButNotOfANewEmail() {
    session("t1");
    session("t2");
    personal("p1");
    Email email = new Email("ann2@example.com");
    assertThat(users.change(read(), new Wish(email, null, NOW, "t1", true)))
        .isInstanceOfSatisfying(Changed.class, changed -> assertThat(changed.ended()).isEmpty());
    assertThat(events()).isEmpty();
    assertThat(users.change(read(), new Wish(email, "new hash", NOW, "t1", false)))
        .isInstanceOfSatisfying(
            Changed.class, changed -> assertThat(changed.ended()).containsExactly("t2"));
    assertThat(events()).containsExactly(event(Cause.CAUSE_PASSWORD_CHANGED, "t2"));
    assertThat(users.change(read(), new Wish(email, "newest hash", NOW, null, true)))
        .isInstanceOfSatisfying(
            Changed.class,
            changed -> assertThat(changed.ended()).containsExactlyInAnyOrder("t1", "p1"));
  }

  @Test
  void tellsNothingOfAChangeThatDidNotHappen() {
    session("t1");
    Account stale = new Account(read().user(), "older hash");
    Wish wish = new Wish(ANN, "new hash", NOW, null, true);
    assertThat(users.change(stale, wish)).isInstanceOf(ChangedMeanwhile.class);
    Wish bobs = new Wish(new Email("bob@example.com"), "new hash", NOW, null, true);
    assertThat(users.change(read(), bobs)).isInstanceOf(AddressTaken.class);
    assertThat(events()).isEmpty();
    assertThat(rings).hasValue(0);
    assertThat(tokens.live(List.of("t1"))).containsOnlyKeys("t1");
    assertThat(read().passwordHash()).isEqualTo("hash");
  }

  @Test
  void tellsOfTheTokensOfADeletedUser() {
    session("t1");
    assertThat(users.delete("ann")).containsExactly("t1");
    assertThat(users.delete("ann")).isEmpty();
    assertThat(users.delete("bob")).isEmpty();
    assertThat(events()).containsExactly(event(Cause.CAUSE_SUBJECT_DELETED, "t1"));
  }

  @Test
  void tellsOfManyTokensInEventsOfAThousand() {
    database
        .jdbi()
        .useHandle(
            handle ->
                handle.execute(
                    """
                    INSERT INTO token (id, user_id, kid, kind, issued_at)
                    SELECT 't' || i, 'ann', 7, 'session', now() FROM generate_series(1, 2001) i
                    """));
    assertThat(tokens.removeAllOf("ann")).hasSize(2001);
    List<Event> events = events();
    assertThat(events)
        .extracting(event -> event.revoked().getTokenIdsCount())
        .containsExactly(1000, 1000, 1);
    assertThat(events.stream().flatMap(event -> event.revoked().getTokenIdsList().stream()))
        .doesNotHaveDuplicates();
    assertThat(tokens.removeAllOf("ann")).isEmpty();
    assertThat(tokens.removeAllOf("nobody")).isEmpty();
    assertThat(events()).hasSize(3);
  }

  @Test
  void tellsOfEverythingInOneEvent() {
    session("t1");
    assertThat(tokens.removeEverything()).isEqualTo(1);
    assertThat(tokens.live(List.of("t1"))).isEmpty();
    assertThat(events())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.key()).isEmpty();
              assertThat(event.revoked().getEverything()).isTrue();
              assertThat(event.revoked().getSubject()).isEmpty();
              assertThat(event.revoked().getTokenIdsList()).isEmpty();
            });
  }

  @Test
  void endsNothingWhenTheEventCannotBeWritten() {
    session("t1");
    database.jdbi().useHandle(handle -> handle.execute("ALTER TABLE outbox RENAME TO away"));
    assertThatThrownBy(() -> tokens.remove("t1", "ann", EndedBy.LOGOUT)).isNotNull();
    assertThatThrownBy(() -> tokens.removeAllOf("ann")).isNotNull();
    assertThatThrownBy(() -> tokens.removeEverything()).isNotNull();
    assertThatThrownBy(() -> users.delete("ann")).isNotNull();
    Wish wish = new Wish(ANN, "new hash", NOW, null, true);
    assertThatThrownBy(() -> users.change(read(), wish)).isNotNull();
    assertThat(tokens.live(List.of("t1"))).containsOnlyKeys("t1");
    assertThat(read().passwordHash()).isEqualTo("hash");
    assertThat(rings).hasValue(0);
  }

  @Test
  void tellsNothingOfTokensThatExpire() {
    tokens.enter(
        new Session("t1", "ann", 7, NOW, NOW.minusSeconds(1)), new Credentials("ann", "hash"), 0);
    assertThat(tokens.removeExpired(NOW, 10)).isEqualTo(1);
    assertThat(events()).isEmpty();
  }

  private List<Event> events() {
    return database
        .jdbi()
        .withHandle(
            handle ->
                handle
                    .createQuery("SELECT topic, key, value FROM outbox ORDER BY id")
                    .map(
                        (row, _) ->
                            new Event(row.getString(1), row.getString(2), parse(row.getBytes(3))))
                    .list());
  }

  private static Revoked parse(byte[] bytes) {
    try {
      return TokenEvent.parseFrom(bytes).getRevoked();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static Event event(Cause cause, String tokenId) {
    return new Event(
        "rekey.useradm.token.v1",
        "ann",
        Revoked.newBuilder()
            .setAt(Timestamp.newBuilder().setSeconds(NOW.getEpochSecond()).setNanos(NOW.getNano()))
            .setSubject("ann")
            .addTokenIds(tokenId)
            .setCause(cause)
            .build());
  }

  private Account read() {
    return users.account("ann").orElseThrow();
  }

  private void session(String id) {
    tokens.enter(new Session(id, "ann", 7, NOW, null), new Credentials("ann", "hash"), 0);
  }

  private void personal(String id) {
    tokens.enter(new PersonalAccessToken(id, "ann", id, 7L, NOW, null, null), 0, null);
  }

  private void add(String id, Email email) {
    users.add(new User(id, email, NOW, NOW, null), "hash");
  }
}
