package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.useradm.Installation.PASSWORD;
import static org.rekey.useradm.Installation.assertFails;
import static org.rekey.useradm.Installation.freshEmail;
import static org.rekey.useradm.Installation.together;

import com.google.protobuf.Timestamp;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.proto.useradm.v1.CreateTokenRequest;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.DeleteUserRequest;
import org.rekey.proto.useradm.v1.GetUserRequest;
import org.rekey.proto.useradm.v1.IssuedToken;
import org.rekey.proto.useradm.v1.ListUsersRequest;
import org.rekey.proto.useradm.v1.ListUsersResponse;
import org.rekey.proto.useradm.v1.PutSettingsRequest;
import org.rekey.proto.useradm.v1.SetPasswordRequest;
import org.rekey.proto.useradm.v1.UpdateUserRequest;
import org.rekey.proto.useradm.v1.UpdateUserResponse;
import org.rekey.proto.useradm.v1.User;
import org.rekey.proto.useradm.v1.UserRefusal;
import org.rekey.proto.useradm.v1.UserRefusal.Rule;
import org.rekey.testkit.PostgresExtension;

class UsersIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  /// All but the last 31 characters of a hash.
  private static final String BCRYPT = "$2a$04$0123456789012345678901";

  private static final String NEW_PASSWORD = "another horse battery";

  private static Installation installation;

  @BeforeAll
  static void start() {
    installation = new Installation(POSTGRES, Map.of("USERADM_LOGIN_FAILURES_PER_ADDRESS", "off"));
  }

  @AfterAll
  static void stop() {
    installation.close();
  }

  @Test
  void makesAUserAndFindsItAgain() {
    String email = "Ann." + freshEmail().toUpperCase(Locale.ROOT);
    User made = create(request(email)).getUser();
    assertThat(made.getEmail()).isEqualTo(email.toLowerCase(Locale.ROOT));
    assertThat(UUID.fromString(made.getId()).version()).isEqualTo(4);
    assertThat(made.getCreatedAt().getSeconds())
        .isEqualTo(installation.clock.instant().getEpochSecond());
    assertThat(made.getUpdatedAt()).isEqualTo(made.getCreatedAt());
    assertThat(made.hasLoginAt()).isFalse();
    assertThat(get(made.getId())).isEqualTo(made);
  }

  @Test
  void notesTheLastLogin() {
    User user = installation.newUser();
    var _ = installation.issue(user);
    assertThat(get(user.getId()).hasLoginAt()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'',          '',       email: cannot be blank; password: cannot be blank.",
    "no address,  12345678, email: must be a valid email address.",
    "a@b.example, '',       password: cannot be blank.",
    "a@b.example, pässword, password: must contain ASCII characters only.",
  })
  void namesEveryFieldThatCannotBe(String email, String password, String problem) {
    UserRefusal refused =
        create(request(email).toBuilder().setPassword(password).build()).getRefused();
    assertThat(refused.getRule()).isEqualTo(Rule.RULE_INVALID_FIELD);
    assertThat(refused.getProblem()).isEqualTo(problem);
  }

  @Test
  void refusesAWeakPassword() {
    UserRefusal tooShort =
        create(request(freshEmail()).toBuilder().setPassword("1234567").build()).getRefused();
    assertThat(tooShort.getRule()).isEqualTo(Rule.RULE_WEAK_PASSWORD);
    assertThat(tooShort.getProblem()).isEqualTo("password: must be minimum 8 characters long");
    UserRefusal similar =
        create(request("ann@example.com").toBuilder().setPassword("example.com").build())
            .getRefused();
    assertThat(similar.getRule()).isEqualTo(Rule.RULE_WEAK_PASSWORD);
    assertThat(similar.getProblem()).isEqualTo("password is too similar to the email");
  }

  @Test
  void takesAPasswordOf256Bytes() {
    String email = freshEmail();
    String password = "x".repeat(255) + "y";
    assertThat(create(request(email).toBuilder().setPassword(password).build()).hasUser()).isTrue();
    assertThat(installation.login(email, password).hasIssued()).isTrue();
    assertThat(installation.login(email, "x".repeat(256)).hasRejected()).isTrue();
  }

  @Test
  void takesEachEmailOnceHoweverManyAskAtOnce() {
    String email = freshEmail();
    List<CreateUserResponse> answers = together(20, () -> create(request(email)));
    assertThat(answers).filteredOn(CreateUserResponse::hasUser).hasSize(1);
    assertThat(answers)
        .filteredOn(CreateUserResponse::hasRefused)
        .hasSize(19)
        .allSatisfy(
            answer -> {
              assertThat(answer.getRefused().getRule()).isEqualTo(Rule.RULE_EMAIL_TAKEN);
              assertThat(answer.getRefused().getProblem())
                  .isEqualTo("user with a given email already exists");
            });
  }

  @Test
  void takesAChosenIdOnce() {
    String id = "user-" + UUID.randomUUID();
    CreateUserRequest chosen = request(freshEmail()).toBuilder().setId(id).build();
    assertThat(create(chosen).getUser().getId()).isEqualTo(id);
    CreateUserRequest again = chosen.toBuilder().setEmail(freshEmail()).build();
    assertThat(create(again).getRefused().getRule()).isEqualTo(Rule.RULE_ID_TAKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a/b", "ä", "a\0b", "../x"})
  void refusesAnIdOutsideOfTheAlphabet(String id) {
    assertThat(create(request(freshEmail()).toBuilder().setId(id).build()).getRefused().getRule())
        .isEqualTo(Rule.RULE_INVALID_FIELD);
  }

  @Test
  void storesABcryptHashAsItIsButNothingElse() {
    CreateUserRequest hashed =
        request(freshEmail()).toBuilder()
            .clearPassword()
            .setPasswordHash(BCRYPT + "x".repeat(31))
            .build();
    assertThat(create(hashed).hasUser()).isTrue();
    for (String bad :
        List.of(
            "xyz", "$1$abc", BCRYPT, "$2a$31$" + "x".repeat(53), "$argon2id$v=19$m=8,t=1,p=1$")) {
      CreateUserRequest request =
          hashed.toBuilder().setEmail(freshEmail()).setPasswordHash(bad).build();
      assertThat(create(request).getRefused().getProblem())
          .startsWith("password_hash: must be a bcrypt hash")
          .doesNotContain(bad.substring(1));
    }
    CreateUserRequest both = hashed.toBuilder().setPassword(PASSWORD).build();
    assertThat(create(both).getRefused().getProblem())
        .isEqualTo("password *or* password_hash must be provided");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "a\0b", "ä", " "})
  void findsNobodyWhereNobodyIs(String id) {
    assertFails(Status.Code.NOT_FOUND, () -> get(id));
  }

  @Test
  void listsInTheOrderOfCreationPageByPage() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      // Pairs of one instant, so that ids decide too.
      if (i % 2 == 0) {
        installation.clock.advance(Duration.ofSeconds(1));
      }
      made.add(installation.newUser().getId());
    }
    for (int size : new int[] {1, 2, 3, 7, 500}) {
      List<User> listed = all(ListUsersRequest.newBuilder().addAllIds(made).setPageSize(size));
      assertThat(listed).extracting(User::getId).containsExactlyInAnyOrderElementsOf(made);
      assertThat(listed)
          .isSortedAccordingTo(
              Comparator.<User, Long>comparing(user -> user.getCreatedAt().getSeconds())
                  .thenComparing(User::getId));
    }
  }

  @Test
  void missesNobodyWhenAPageIsDeletedMeanwhile() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      installation.clock.advance(Duration.ofSeconds(1));
      made.add(installation.newUser().getId());
    }
    ListUsersRequest.Builder wanted = ListUsersRequest.newBuilder().addAllIds(made).setPageSize(2);
    ListUsersResponse first = installation.users().listUsers(wanted.build());
    delete(made.get(1));
    ListUsersResponse second =
        installation.users().listUsers(wanted.setPageToken(first.getNextPageToken()).build());
    assertThat(second.getUsersList())
        .extracting(User::getId)
        .containsExactly(made.get(2), made.get(3));
    assertThat(second.getNextPageToken()).isEmpty();
  }

  @Test
  void filtersByEmailAndTimeWithStrictInequalities() {
    installation.clock.advance(Duration.ofSeconds(10));
    User ann = installation.newUser();
    installation.clock.advance(Duration.ofSeconds(10));
    User bob = installation.newUser();
    ListUsersRequest.Builder both =
        ListUsersRequest.newBuilder()
            .addEmails(ann.getEmail().toUpperCase(Locale.ROOT))
            .addEmails(bob.getEmail())
            .addEmails("nobody@example.com")
            .addEmails("no address\0");
    assertThat(all(both)).containsExactly(ann, bob);
    assertThat(all(both.clone().setCreatedAfter(ann.getCreatedAt()))).containsExactly(bob);
    assertThat(all(both.clone().setCreatedBefore(bob.getCreatedAt()))).containsExactly(ann);
    assertThat(all(both.clone().setUpdatedAfter(ann.getUpdatedAt()))).containsExactly(bob);
    assertThat(all(both.clone().setUpdatedBefore(ann.getUpdatedAt()))).isEmpty();
    assertThat(all(both.clone().addIds(ann.getId()))).containsExactly(ann);
    assertThat(all(ListUsersRequest.newBuilder().addIds("a\0b"))).isEmpty();
    assertThat(all(ListUsersRequest.newBuilder().addEmails("\u212Aann@example.com"))).isEmpty();
  }

  @Test
  void refusesWhatIsNoInstantOrNoPage() {
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        () ->
            all(
                ListUsersRequest.newBuilder()
                    .setCreatedAfter(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))));
    String stale = Base64.getUrlEncoder().encodeToString(new byte[20]);
    for (String token : List.of("x", "!", stale, "AQ")) {
      assertFails(
          Status.Code.INVALID_ARGUMENT,
          () -> all(ListUsersRequest.newBuilder().setPageToken(token)));
    }
  }

  @Test
  void changesTheOwnPasswordAndEndsTheOtherSessions() {
    User user = installation.newUser();
    IssuedToken mine = installation.issue(user);
    IssuedToken other = installation.issue(user);
    IssuedToken personal = personal(user);
    IssuedToken bobs = installation.issue(installation.newUser());
    assertThat(List.of(mine, other, personal, bobs)).allMatch(installation::isLive);

    installation.clock.advance(Duration.ofSeconds(1));
    UpdateUserResponse response = update(own(user, mine).setPassword(NEW_PASSWORD));
    assertThat(response.getUser().getUpdatedAt()).isNotEqualTo(user.getUpdatedAt());
    assertThat(get(user.getId()).getUpdatedAt()).isEqualTo(response.getUser().getUpdatedAt());
    assertThat(List.of(mine, personal, bobs)).allMatch(installation::isLive);
    assertThat(installation.isLive(other)).isFalse();
    assertThat(installation.login(user.getEmail(), PASSWORD).hasRejected()).isTrue();
    assertThat(installation.login(user.getEmail(), NEW_PASSWORD).hasIssued()).isTrue();
  }

  @Test
  void endsThePersonalAccessTokensTooWhenAskedTo() {
    User user = installation.newUser();
    IssuedToken session = installation.issue(user);
    IssuedToken caller = personal(user);
    IssuedToken other = personal(user);
    var _ = update(own(user, caller).setPassword(NEW_PASSWORD).setRevokePersonalAccessTokens(true));
    assertThat(installation.isLive(caller)).isTrue();
    assertThat(List.of(session, other)).noneMatch(installation::isLive);
  }

  @Test
  void changesTheOwnEmailAndEndsNothing() {
    User user = installation.newUser();
    IssuedToken mine = installation.issue(user);
    IssuedToken other = installation.issue(user);
    String email = freshEmail();
    assertThat(update(own(user, mine).setEmail(email)).getUser().getEmail()).isEqualTo(email);
    assertThat(List.of(mine, other)).allMatch(installation::isLive);
    assertThat(installation.login(email, PASSWORD).hasIssued()).isTrue();
    assertThat(installation.login(user.getEmail(), PASSWORD).hasRejected()).isTrue();
  }

  @Test
  void changesAnothersEmailButNotTheirPassword() {
    User ann = installation.newUser();
    User bob = installation.newUser();
    String email = freshEmail();
    UpdateUserRequest.Builder byBob =
        UpdateUserRequest.newBuilder().setId(ann.getId()).setCallerId(bob.getId());
    assertThat(update(byBob.clone().setEmail(email)).getUser().getEmail()).isEqualTo(email);
    UserRefusal refused =
        update(byBob.clone().setPassword(NEW_PASSWORD).setCurrentPassword(PASSWORD)).getRefused();
    assertThat(refused.getRule()).isEqualTo(Rule.RULE_OTHERS_PASSWORD);
    assertThat(refused.getProblem()).isEqualTo("password cannot be modified");
  }

  @Test
  void asksForTheCurrentPassword() {
    User user = installation.newUser();
    UpdateUserRequest.Builder own =
        UpdateUserRequest.newBuilder().setId(user.getId()).setCallerId(user.getId());
    for (UpdateUserRequest.Builder bad :
        List.of(
            own.clone().setPassword(NEW_PASSWORD),
            own.clone().setEmail(freshEmail()),
            own.clone().setPassword(NEW_PASSWORD).setCurrentPassword("wrong horse battery"),
            own.clone().setPassword(NEW_PASSWORD).setCurrentPassword("x".repeat(4096)))) {
      UserRefusal refused = update(bad).getRefused();
      assertThat(refused.getRule()).isEqualTo(Rule.RULE_WRONG_CURRENT_PASSWORD);
      assertThat(refused.getProblem()).isEqualTo("current password mismatch");
    }
    // The e-mail that they have already is no change.
    assertThat(update(own.clone().setEmail(user.getEmail())).hasUser()).isTrue();
  }

  @Test
  void saysWhyAUserIsNotChanged() {
    User user = installation.newUser();
    IssuedToken mine = installation.issue(user);
    User other = installation.newUser();
    assertThat(update(own(user, mine)).getRefused())
        .isEqualTo(refusal(Rule.RULE_NOTHING_TO_CHANGE, "no update information provided"));
    assertThat(update(own(user, mine).setEmail(other.getEmail())).getRefused())
        .isEqualTo(refusal(Rule.RULE_EMAIL_TAKEN, "user with a given email already exists"));
    assertThat(update(own(user, mine).setEmail("no address")).getRefused())
        .isEqualTo(refusal(Rule.RULE_INVALID_FIELD, "email: must be a valid email address."));
    assertThat(update(own(user, mine).setPassword("short")).getRefused())
        .isEqualTo(refusal(Rule.RULE_WEAK_PASSWORD, "password: must be minimum 8 characters long"));
    assertThat(update(own(user, mine).setPassword(user.getEmail())).getRefused())
        .isEqualTo(refusal(Rule.RULE_WEAK_PASSWORD, "password is too similar to the email"));
    for (String nobody : List.of("nobody", "a\0b")) {
      assertThat(update(own(user, mine).setId(nobody).setEmail(freshEmail())).getRefused())
          .isEqualTo(refusal(Rule.RULE_NOT_FOUND, "user not found"));
    }
    assertThat(get(user.getId()).getUpdatedAt()).isEqualTo(user.getUpdatedAt());
  }

  @Test
  void letsOneOfManyPasswordChangesWinAtATime() {
    User user = installation.newUser();
    IssuedToken mine = installation.issue(user);
    AtomicInteger number = new AtomicInteger();
    List<String> won = new CopyOnWriteArrayList<>();
    List<UpdateUserResponse> answers =
        together(
            10,
            () -> {
              String password = "new password " + number.incrementAndGet();
              UpdateUserResponse answer = update(own(user, mine).setPassword(password));
              if (answer.hasUser()) {
                won.add(password);
              }
              return answer;
            });
    assertThat(won).hasSize(1);
    assertThat(answers)
        .filteredOn(UpdateUserResponse::hasRefused)
        .extracting(answer -> answer.getRefused().getRule())
        .isSubsetOf(Rule.RULE_CHANGED_MEANWHILE, Rule.RULE_WRONG_CURRENT_PASSWORD);
    assertThat(installation.login(user.getEmail(), won.getFirst()).hasIssued()).isTrue();
    assertThat(installation.isLive(mine)).isTrue();
  }

  @Test
  void givesOneEmailToOneOfManyUsers() {
    List<User> users = List.of(installation.newUser(), installation.newUser());
    String email = freshEmail();
    AtomicInteger number = new AtomicInteger();
    List<UpdateUserResponse> answers =
        together(
            2,
            () -> {
              User user = users.get(number.getAndIncrement());
              return update(
                  UpdateUserRequest.newBuilder()
                      .setId(user.getId())
                      .setCallerId("somebody")
                      .setEmail(email));
            });
    assertThat(answers).filteredOn(UpdateUserResponse::hasUser).hasSize(1);
    assertThat(answers)
        .filteredOn(UpdateUserResponse::hasRefused)
        .extracting(answer -> answer.getRefused().getRule())
        .containsExactly(Rule.RULE_EMAIL_TAKEN);
  }

  @Test
  void deletesAUserWithTokensAndSettings() {
    User user = installation.newUser();
    IssuedToken session = installation.issue(user);
    IssuedToken personal = personal(user);
    assertThat(List.of(session, personal)).allMatch(installation::isLive);
    var _ =
        installation
            .settings()
            .putSettings(
                PutSettingsRequest.newBuilder().setUserId(user.getId()).setJson("{}").build());
    delete(user.getId());
    assertFails(Status.Code.NOT_FOUND, () -> get(user.getId()));
    assertThat(List.of(session, personal)).noneMatch(installation::isLive);
    assertThat(installation.login(user.getEmail(), PASSWORD).hasRejected()).isTrue();
    delete(user.getId());
    delete("nobody\0");

    CreateUserRequest again = request(user.getEmail()).toBuilder().setId(user.getId()).build();
    assertThat(create(again).hasUser()).isTrue();
    assertThat(List.of(session, personal)).noneMatch(installation::isLive);
  }

  @Test
  void letsAnOperatorSetAPassword() {
    User user = installation.newUser();
    IssuedToken session = installation.issue(user);
    IssuedToken personal = personal(user);
    SetPasswordRequest request =
        SetPasswordRequest.newBuilder()
            .setEmail(user.getEmail().toUpperCase(Locale.ROOT))
            .setPassword(NEW_PASSWORD)
            .build();
    assertFails(Status.Code.PERMISSION_DENIED, () -> installation.users().setPassword(request));
    assertThat(installation.operatorsUsers().setPassword(request).getUser().getId())
        .isEqualTo(user.getId());
    assertThat(installation.isLive(session)).isFalse();
    assertThat(installation.isLive(personal)).isTrue();
    assertThat(installation.login(user.getEmail(), NEW_PASSWORD).hasIssued()).isTrue();
    SetPasswordRequest all = request.toBuilder().setRevokePersonalAccessTokens(true).build();
    assertThat(installation.operatorsUsers().setPassword(all).hasUser()).isTrue();
    assertThat(installation.isLive(personal)).isFalse();
  }

  @Test
  void tellsAnOperatorWhyAPasswordWasNotSet() {
    SetPasswordRequest.Builder nobody =
        SetPasswordRequest.newBuilder().setEmail(freshEmail()).setPassword(NEW_PASSWORD);
    assertThat(rule(nobody)).isEqualTo(Rule.RULE_NOT_FOUND);
    assertThat(rule(nobody.clone().setPassword("short"))).isEqualTo(Rule.RULE_WEAK_PASSWORD);
    assertThat(rule(nobody.clone().setPassword(""))).isEqualTo(Rule.RULE_INVALID_FIELD);
    assertThat(rule(nobody.clone().setEmail("nobody"))).isEqualTo(Rule.RULE_INVALID_FIELD);
  }

  private static Rule rule(SetPasswordRequest.Builder request) {
    return installation.operatorsUsers().setPassword(request.build()).getRefused().getRule();
  }

  private static CreateUserRequest request(String email) {
    return CreateUserRequest.newBuilder().setEmail(email).setPassword(PASSWORD).build();
  }

  private static CreateUserResponse create(CreateUserRequest request) {
    return installation.users().createUser(request);
  }

  private static User get(String id) {
    return installation.users().getUser(GetUserRequest.newBuilder().setId(id).build()).getUser();
  }

  private static void delete(String id) {
    var _ = installation.users().deleteUser(DeleteUserRequest.newBuilder().setId(id).build());
  }

  private static UpdateUserRequest.Builder own(User user, IssuedToken token) {
    return UpdateUserRequest.newBuilder()
        .setId(user.getId())
        .setCurrentPassword(PASSWORD)
        .setCallerId(user.getId())
        .setCallerTokenId(token.getTokenId());
  }

  private static UpdateUserResponse update(UpdateUserRequest.Builder request) {
    return installation.users().updateUser(request.build());
  }

  private static UserRefusal refusal(Rule rule, String problem) {
    return UserRefusal.newBuilder().setRule(rule).setProblem(problem).build();
  }

  private static IssuedToken personal(User user) {
    return installation
        .tokens()
        .createToken(
            CreateTokenRequest.newBuilder()
                .setUserId(user.getId())
                .setName(UUID.randomUUID().toString())
                .build())
        .getIssued();
  }

  private static List<User> all(ListUsersRequest.Builder wanted) {
    List<User> users = new ArrayList<>();
    ListUsersResponse page;
    do {
      page = installation.users().listUsers(wanted.build());
      users.addAll(page.getUsersList());
      wanted.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return users;
  }
}
