package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.useradm.Installation.freshEmail;

import com.google.protobuf.Timestamp;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.useradm.v1.DeleteUserRequest;
import org.rekey.proto.useradm.v1.GetUserRequest;
import org.rekey.proto.useradm.v1.ListTokensRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.PersonalAccessToken;
import org.rekey.proto.useradm.v1.RevokeTokenRequest;
import org.rekey.proto.useradm.v1.TakeOverRecord;
import org.rekey.proto.useradm.v1.TakeOverRequest;
import org.rekey.proto.useradm.v1.TakeOverResult;
import org.rekey.proto.useradm.v1.TakeOverResult.Outcome;
import org.rekey.proto.useradm.v1.TakeOverToken;
import org.rekey.proto.useradm.v1.TakeOverUser;
import org.rekey.proto.useradm.v1.User;
import org.rekey.testkit.PostgresExtension;

class TakeOverIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  /// Of `U*U`, from Openwall's test vectors.
  private static final String BCRYPT =
      "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
  private static final Instant LONG_AGO = Instant.parse("2019-03-01T08:00:00.123Z");

  private static Installation installation;

  @BeforeAll
  static void start() {
    installation = new Installation(POSTGRES, Map.of());
  }

  @AfterAll
  static void stop() {
    installation.close();
  }

  @Test
  void takesUsersAndTheirTokensInOneCall() {
    TakeOverUser user =
        user().toBuilder()
            .setCreatedAt(time(LONG_AGO))
            .setUpdatedAt(time(LONG_AGO.plusSeconds(1)))
            .setLoginAt(time(LONG_AGO.plusSeconds(2)))
            .build();
    TakeOverToken session = token(user.getId(), "");
    TakeOverToken personal =
        token(user.getId(), "ci").toBuilder()
            .setKid(5539)
            .setIssuedAt(time(LONG_AGO))
            .setLastUsedAt(time(LONG_AGO.plusSeconds(3)))
            .build();
    assertThat(take(record(user), record(session), record(personal)))
        .containsExactly(Outcome.OUTCOME_TAKEN, Outcome.OUTCOME_TAKEN, Outcome.OUTCOME_TAKEN);

    User here = get(user.getId());
    assertThat(here.getEmail()).isEqualTo(user.getEmail());
    assertThat(here.getCreatedAt()).isEqualTo(user.getCreatedAt());
    assertThat(here.getUpdatedAt()).isEqualTo(user.getUpdatedAt());
    assertThat(here.getLoginAt()).isEqualTo(user.getLoginAt());
    PersonalAccessToken listed = list(user.getId()).getFirst();
    assertThat(listed.getId()).isEqualTo(personal.getId());
    assertThat(listed.getName()).isEqualTo("ci");
    assertThat(listed.getKid()).isEqualTo(5539);
    assertThat(listed.getCreatedAt()).isEqualTo(personal.getIssuedAt());
    assertThat(listed.getLastUsedAt()).isEqualTo(personal.getLastUsedAt());
    assertThat(list(user.getId())).hasSize(1);
  }

  @Test
  void changesNothingTheSecondTime() {
    TakeOverUser user = user();
    TakeOverToken token = token(user.getId(), "ci");
    assertThat(take(record(user), record(token))).containsOnly(Outcome.OUTCOME_TAKEN);
    TakeOverUser changed = user.toBuilder().setEmail(freshEmail()).build();
    TakeOverToken renamed = token.toBuilder().setName("another").setKid(8).build();
    assertThat(take(record(user), record(changed), record(token), record(renamed)))
        .containsOnly(Outcome.OUTCOME_ALREADY_HERE);
    assertThat(get(user.getId()).getEmail()).isEqualTo(user.getEmail());
    assertThat(list(user.getId()).getFirst().getName()).isEqualTo("ci");
    assertThat(list(user.getId()).getFirst().hasKid()).isFalse();
  }

  @Test
  void acceptsATokenOfTheOtherSystemAndLearnsItsKid() {
    TakeOverUser user = user();
    TakeOverToken token = token(user.getId(), "ci");
    assertThat(take(record(user), record(token))).containsOnly(Outcome.OUTCOME_TAKEN);
    String jws =
        installation.sign(
            new UserClaims(
                token.getId(),
                user.getId(),
                "mender.useradm",
                installation.clock.instant().truncatedTo(ChronoUnit.SECONDS),
                null));
    assertThat(installation.verify(jws).getAccepted().getKind())
        .isEqualTo(Accepted.Kind.KIND_PERSONAL_ACCESS_TOKEN);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(list(user.getId()).getFirst().hasKid()).isTrue();
              assertThat(list(user.getId()).getFirst().hasLastUsedAt()).isTrue();
            });
    assertThat(list(user.getId()).getFirst().getKid()).isZero();
  }

  @Test
  void letsAUserInHoweverManyFirstLoginsComeAtOnce() {
    TakeOverUser user = user();
    assertThat(take(record(user))).containsOnly(Outcome.OUTCOME_TAKEN);
    assertThat(Installation.together(8, () -> installation.login(user.getEmail(), "U*U")))
        .allMatch(LoginResponse::hasIssued);
    assertThat(installation.login(user.getEmail(), "U*u").hasRejected()).isTrue();
  }

  @Test
  void bringsNoTokenBackThatWasEndedHere() {
    TakeOverUser user = user();
    TakeOverToken token = token(user.getId(), "ci");
    assertThat(take(record(user), record(token))).containsOnly(Outcome.OUTCOME_TAKEN);
    var _ =
        installation
            .tokens()
            .revokeToken(
                RevokeTokenRequest.newBuilder()
                    .setUserId(user.getId())
                    .setTokenId(token.getId())
                    .build());
    assertThat(take(record(user), record(token)))
        .containsExactly(Outcome.OUTCOME_ALREADY_HERE, Outcome.OUTCOME_REFUSED);
    assertThat(problem(record(token)))
        .isEqualTo("id: the token was taken over before and ended here.");
    var _ =
        installation.users().deleteUser(DeleteUserRequest.newBuilder().setId(user.getId()).build());
    assertThat(take(record(user), record(token)))
        .containsExactly(Outcome.OUTCOME_TAKEN, Outcome.OUTCOME_REFUSED);
    assertThat(list(user.getId())).isEmpty();
  }

  @Test
  void saysOfEachRecordWhyItIsRefusedAndTakesTheOthers() {
    TakeOverUser ann = user();
    TakeOverUser bob = user();
    TakeOverToken anns = token(ann.getId(), "ci");
    List<TakeOverRecord> records =
        List.of(
            record(ann),
            TakeOverRecord.getDefaultInstance(),
            record(ann.toBuilder().setId("other").build()),
            record(user().toBuilder().setPasswordHash("plain text").build()),
            record(user().toBuilder().setId("a b").setEmail("x").build()),
            record(user().toBuilder().setId("x".repeat(129)).build()),
            record(bob),
            record(anns),
            record(anns.toBuilder().setUserId(bob.getId()).build()),
            record(token(ann.getId(), "ci")),
            record(token("nobody", "ci")),
            record(token(ann.getId(), "a\0b")),
            record(token(ann.getId(), "").toBuilder().setKid(-1).build()),
            record(token(bob.getId(), "ci")));
    List<TakeOverResult> results = results(records);
    assertThat(results)
        .extracting(TakeOverResult::getProblem)
        .containsExactly(
            "",
            "record: must be a user or a token.",
            "email: another user has it.",
            "password_hash: must be a bcrypt hash ($2a$, $2b$, $2y$) of cost 4 to 12.",
            "email: must be a valid email address;"
                + " id: must be 1 to 128 printable ASCII characters, no spaces.",
            "id: must be 1 to 128 printable ASCII characters, no spaces.",
            "",
            "",
            "id: a token of another user has it.",
            "name: another token of the user has it.",
            "user_id: no such user.",
            "name: must not contain a zero character.",
            "kid: must be no greater than 9223372036854775807.",
            "");
    assertThat(results)
        .allSatisfy(
            result ->
                assertThat(result.getOutcome())
                    .isEqualTo(
                        result.getProblem().isEmpty()
                            ? Outcome.OUTCOME_TAKEN
                            : Outcome.OUTCOME_REFUSED));
  }

  @Test
  void doesNotTakeWhatHasExpired() {
    TakeOverUser user = user();
    Instant now = installation.clock.instant();
    TakeOverToken expired = token(user.getId(), "old").toBuilder().setExpiresAt(time(now)).build();
    TakeOverToken live =
        token(user.getId(), "new").toBuilder().setExpiresAt(time(now.plusSeconds(1))).build();
    assertThat(take(record(user), record(expired), record(live)))
        .containsExactly(Outcome.OUTCOME_TAKEN, Outcome.OUTCOME_EXPIRED, Outcome.OUTCOME_TAKEN);
    assertThat(list(user.getId())).hasSize(1);
  }

  @Test
  void takesAThousandRecordsAtATime() {
    TakeOverUser user = user();
    List<TakeOverRecord> records = new ArrayList<>(List.of(record(user)));
    IntStream.range(0, 999).forEach(i -> records.add(record(token(user.getId(), "n" + i))));
    assertThat(results(records))
        .hasSize(1000)
        .allMatch(result -> result.getOutcome() == Outcome.OUTCOME_TAKEN);
    assertThat(list(user.getId())).hasSize(999);
    records.add(record(user));
    Installation.assertFails(Status.Code.INVALID_ARGUMENT, () -> results(records));
  }

  private static List<Outcome> take(TakeOverRecord... records) {
    return results(List.of(records)).stream().map(TakeOverResult::getOutcome).toList();
  }

  private static String problem(TakeOverRecord one) {
    return results(List.of(one)).getFirst().getProblem();
  }

  private static List<TakeOverResult> results(List<TakeOverRecord> records) {
    return installation
        .takeover()
        .takeOver(TakeOverRequest.newBuilder().addAllRecords(records).build())
        .getResultsList();
  }

  private static TakeOverRecord record(TakeOverUser user) {
    return TakeOverRecord.newBuilder().setUser(user).build();
  }

  private static TakeOverRecord record(TakeOverToken token) {
    return TakeOverRecord.newBuilder().setToken(token).build();
  }

  private static TakeOverUser user() {
    return TakeOverUser.newBuilder()
        .setId("5f3c/" + UUID.randomUUID())
        .setEmail(freshEmail())
        .setPasswordHash(BCRYPT)
        .build();
  }

  private static TakeOverToken token(String userId, String name) {
    return TakeOverToken.newBuilder()
        .setId(UUID.randomUUID().toString())
        .setUserId(userId)
        .setName(name)
        .build();
  }

  private static Timestamp time(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  private static User get(String id) {
    return installation.users().getUser(GetUserRequest.newBuilder().setId(id).build()).getUser();
  }

  private static List<PersonalAccessToken> list(String userId) {
    return installation
        .tokens()
        .listTokens(ListTokensRequest.newBuilder().setUserId(userId).build())
        .getTokensList();
  }
}
