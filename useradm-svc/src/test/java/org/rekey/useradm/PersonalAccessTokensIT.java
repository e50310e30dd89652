package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.useradm.Installation.claims;
import static org.rekey.useradm.Installation.together;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.useradm.v1.CreateTokenRequest;
import org.rekey.proto.useradm.v1.CreateTokenResponse;
import org.rekey.proto.useradm.v1.IssuedToken;
import org.rekey.proto.useradm.v1.ListTokensRequest;
import org.rekey.proto.useradm.v1.LogoutRequest;
import org.rekey.proto.useradm.v1.PersonalAccessToken;
import org.rekey.proto.useradm.v1.RevokeAllTokensRequest;
import org.rekey.proto.useradm.v1.RevokeTokenRequest;
import org.rekey.proto.useradm.v1.TokenRefusal;
import org.rekey.proto.useradm.v1.TokenRefusal.Rule;
import org.rekey.proto.useradm.v1.User;
import org.rekey.testkit.PostgresExtension;

class PersonalAccessTokensIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private static final int LIMIT = 3;

  private static Installation installation;

  @BeforeAll
  static void start() {
    installation =
        new Installation(POSTGRES, Map.of("USERADM_LIMIT_TOKENS_PER_USER", String.valueOf(LIMIT)));
  }

  @AfterAll
  static void stop() {
    installation.close();
  }

  @Test
  void issuesATokenWithTheClaimsOfASession() {
    User user = installation.newUser();
    IssuedToken issued = create(user, "ci", 60).getIssued();
    long now = installation.clock.instant().getEpochSecond();
    assertThat(claims(issued.getToken()))
        .isEqualTo(
            """
            {"jti":"%s","sub":"%s","exp":%d,"iat":%d,"mender.user":true,\
            "iss":"mender.useradm","scp":"mender.*","nbf":%d}"""
                .formatted(issued.getTokenId(), user.getId(), now + 60, now, now));
    Accepted accepted = installation.verify(issued.getToken()).getAccepted();
    assertThat(accepted.getKind()).isEqualTo(Accepted.Kind.KIND_PERSONAL_ACCESS_TOKEN);
    assertThat(accepted.getSubject()).isEqualTo(user.getId());
  }

  @Test
  void issuesATokenThatNeverExpires() {
    IssuedToken issued = create(installation.newUser(), "ci", 0).getIssued();
    assertThat(claims(issued.getToken())).doesNotContain("exp");
    assertThat(installation.verify(issued.getToken()).getAccepted().hasExpiresAt()).isFalse();
  }

  @Test
  void listsTokensInTheirOrderAndWithoutTheirValues() {
    User user = installation.newUser();
    IssuedToken first = create(user, "zoo", 60).getIssued();
    IssuedToken second = create(user, "ä\n\"ci\"", 0).getIssued();
    List<PersonalAccessToken> listed = list(user);
    assertThat(listed)
        .extracting(PersonalAccessToken::getId)
        .containsExactly(first.getTokenId(), second.getTokenId());
    assertThat(listed).extracting(PersonalAccessToken::getName).containsExactly("zoo", "ä\n\"ci\"");
    assertThat(listed.getFirst().getExpiresAt().getSeconds())
        .isEqualTo(installation.clock.instant().getEpochSecond() + 60);
    assertThat(listed.getFirst().getKid()).isEqualTo(first.getKid());
    assertThat(listed.getLast().hasExpiresAt()).isFalse();
    assertThat(listed).noneMatch(PersonalAccessToken::hasLastUsedAt);
    assertThat(list(installation.newUser())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'', 0,        name: cannot be blank.",
    "ci, -1,       expires_in: must be no less than 0.",
    "ci, 31536001, expires_in: must be no greater than 31536000.",
    "'', -1,       expires_in: must be no less than 0; name: cannot be blank.",
  })
  void namesTheFieldThatCannotBe(String name, long expiresIn, String problem) {
    TokenRefusal refused = create(installation.newUser(), name, expiresIn).getRefused();
    assertThat(refused.getRule()).isEqualTo(Rule.RULE_INVALID_FIELD);
    assertThat(refused.getProblem()).isEqualTo(problem);
  }

  @Test
  void takesTheLongestLifeAndTheLongestName() {
    User user = installation.newUser();
    assertThat(create(user, "x".repeat(4096), 31_536_000).hasIssued()).isTrue();
    assertThat(create(user, "é".repeat(2048), 0).hasIssued()).isTrue();
    assertThat(create(user, "é".repeat(2048) + "x", 0).getRefused().getProblem())
        .isEqualTo("name: the length must be no more than 4096.");
    assertThat(create(user, "a\0b", 0).getRefused().getRule()).isEqualTo(Rule.RULE_INVALID_FIELD);
  }

  @Test
  void issuesNothingForNobody() {
    for (String nobody : List.of("nobody", "a\0b")) {
      CreateTokenRequest request =
          CreateTokenRequest.newBuilder().setUserId(nobody).setName("ci").build();
      assertThat(installation.tokens().createToken(request).getRefused().getRule())
          .isEqualTo(Rule.RULE_USER_NOT_FOUND);
    }
  }

  @Test
  void takesANameOncePerUser() {
    User user = installation.newUser();
    assertThat(create(user, "ci", 0).hasIssued()).isTrue();
    TokenRefusal refused = create(user, "ci", 0).getRefused();
    assertThat(refused.getRule()).isEqualTo(Rule.RULE_NAME_TAKEN);
    assertThat(refused.getProblem())
        .isEqualTo("Personal Access Token with a given name already exists");
    assertThat(create(installation.newUser(), "ci", 0).hasIssued()).isTrue();
    assertThat(list(user)).hasSize(1);
  }

  @Test
  void keepsTheLimitHoweverManyAskAtOnce() {
    User user = installation.newUser();
    AtomicInteger number = new AtomicInteger();
    List<CreateTokenResponse> answers =
        together(20, () -> create(user, "ci " + number.incrementAndGet(), 0));
    assertThat(answers).filteredOn(CreateTokenResponse::hasIssued).hasSize(LIMIT);
    assertThat(answers)
        .filteredOn(CreateTokenResponse::hasRefused)
        .hasSize(20 - LIMIT)
        .allSatisfy(
            answer -> {
              assertThat(answer.getRefused().getRule()).isEqualTo(Rule.RULE_TOO_MANY);
              assertThat(answer.getRefused().getProblem())
                  .isEqualTo("maximum number of personal acess tokens reached for this user");
            });
    assertThat(list(user)).hasSize(LIMIT);
  }

  @Test
  void givesRoomAndNameBackWhenATokenExpires() {
    User user = installation.newUser();
    for (int i = 0; i < LIMIT; i++) {
      assertThat(create(user, "ci " + i, 60).hasIssued()).isTrue();
    }
    installation.clock.advance(Duration.ofSeconds(60));
    assertThat(list(user)).isEmpty();
    assertThat(create(user, "ci 0", 0).hasIssued()).isTrue();
    assertThat(list(user)).hasSize(1);
  }

  @Test
  void revokesOneTokenOfTheUserBeItPersonalOrOfASession() {
    User user = installation.newUser();
    IssuedToken personal = create(user, "ci", 0).getIssued();
    IssuedToken session = installation.issue(user);
    assertThat(List.of(personal, session)).allMatch(installation::isLive);
    revoke(installation.newUser(), personal.getTokenId());
    assertThat(installation.isLive(personal)).isTrue();
    revoke(user, personal.getTokenId());
    assertThat(installation.isLive(personal)).isFalse();
    assertThat(list(user)).isEmpty();
    revoke(user, session.getTokenId());
    assertThat(installation.isLive(session)).isFalse();
    revoke(user, session.getTokenId());
    revoke(user, "never issued\0");
  }

  @Test
  void endsAPersonalAccessTokenByLoggingItOut() {
    IssuedToken personal = create(installation.newUser(), "ci", 0).getIssued();
    var _ =
        installation
            .sessions()
            .logout(LogoutRequest.newBuilder().setToken(personal.getTokenBytes()).build());
    assertThat(installation.isLive(personal)).isFalse();
  }

  @Test
  void revokesAllTokensOfAUserAndThenOfEverybody() {
    User user = installation.newUser();
    List<IssuedToken> anns = List.of(create(user, "ci", 0).getIssued(), installation.issue(user));
    IssuedToken bobs = installation.issue(installation.newUser());
    assertThat(anns).allMatch(installation::isLive);
    assertThat(installation.isLive(bobs)).isTrue();

    assertThat(revokeAll(RevokeAllTokensRequest.newBuilder().setUserId(user.getId()))).isEqualTo(2);
    assertThat(anns).noneMatch(installation::isLive);
    assertThat(installation.isLive(bobs)).isTrue();
    assertThat(revokeAll(RevokeAllTokensRequest.newBuilder().setUserId("nobody"))).isZero();

    assertThat(revokeAll(RevokeAllTokensRequest.newBuilder().setEverybody(true))).isPositive();
    assertThat(installation.isLive(bobs)).isFalse();
    assertThat(revokeAll(RevokeAllTokensRequest.newBuilder().setEverybody(true))).isZero();
    assertThat(installation.isLive(installation.issue(user))).isTrue();
  }

  @Test
  void notesWhenATokenWasLastUsed() {
    User user = installation.newUser();
    IssuedToken personal = create(user, "ci", 0).getIssued();
    assertThat(installation.isLive(personal)).isTrue();
    long usedAt = installation.clock.instant().getEpochSecond();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> list(user).getFirst().getLastUsedAt().getSeconds() == usedAt);
  }

  private static CreateTokenResponse create(User user, String name, long expiresIn) {
    return installation
        .tokens()
        .createToken(
            CreateTokenRequest.newBuilder()
                .setUserId(user.getId())
                .setName(name)
                .setExpiresIn(expiresIn)
                .build());
  }

  private static List<PersonalAccessToken> list(User user) {
    return installation
        .tokens()
        .listTokens(ListTokensRequest.newBuilder().setUserId(user.getId()).build())
        .getTokensList();
  }

  private static void revoke(User user, String tokenId) {
    var _ =
        installation
            .tokens()
            .revokeToken(
                RevokeTokenRequest.newBuilder()
                    .setUserId(user.getId())
                    .setTokenId(tokenId)
                    .build());
  }

  private static long revokeAll(RevokeAllTokensRequest.Builder whose) {
    return installation.tokens().revokeAllTokens(whose.build()).getRevoked();
  }
}
