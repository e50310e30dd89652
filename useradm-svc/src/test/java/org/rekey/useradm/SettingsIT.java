package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.useradm.Installation.together;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.proto.useradm.v1.DeleteUserRequest;
import org.rekey.proto.useradm.v1.GetSettingsRequest;
import org.rekey.proto.useradm.v1.GetSettingsResponse;
import org.rekey.proto.useradm.v1.PutSettingsRequest;
import org.rekey.proto.useradm.v1.PutSettingsResponse;
import org.rekey.proto.useradm.v1.SettingsRefusal.Rule;
import org.rekey.proto.useradm.v1.User;
import org.rekey.testkit.PostgresExtension;

class SettingsIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

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
  void isAnEmptyObjectWithoutAnEtagAtFirst() {
    GetSettingsResponse settings = get(installation.newUser().getId());
    assertThat(settings.getJson()).isEqualTo("{}");
    assertThat(settings.hasEtag()).isFalse();
    assertThat(get("nobody\0").getJson()).isEqualTo("{}");
  }

  @Test
  void keepsEverybodysAndEachUsersSettingsApart() {
    String ann = installation.newUser().getId();
    String bob = installation.newUser().getId();
    String shared = put(null, "{\"of\":\"everybody\"}", null).getEtag();
    String anns = put(ann, "{\"of\":\"ann\"}", null).getEtag();
    assertThat(get(null).getJson()).isEqualTo("{\"of\":\"everybody\"}");
    assertThat(get(null).getEtag()).isEqualTo(shared);
    assertThat(get(ann).getJson()).isEqualTo("{\"of\":\"ann\"}");
    assertThat(get(ann).getEtag()).isEqualTo(anns).isNotEqualTo(shared);
    assertThat(get(bob).hasEtag()).isFalse();
    assertThat(UUID.fromString(anns).version()).isEqualTo(4);
  }

  @Test
  void replacesTheWholeObjectUnderANewEtag() {
    String user = installation.newUser().getId();
    String first = put(user, "{\"a\":1,\"b\":[true,null,{\"c\":\"ä\\u0000\"}]}", null).getEtag();
    String second = put(user, "{\"b\":2}", first).getEtag();
    assertThat(second).isNotEqualTo(first);
    assertThat(get(user).getJson()).isEqualTo("{\"b\":2}");
    assertThat(put(user, "{\"b\":2}", null).getEtag()).isNotEqualTo(second);
  }

  @Test
  void givesBackWhatWasPut() {
    String user = installation.newUser().getId();
    String json =
        "{\"a\":[1,2.50,-0,1e400,12345678901234567890],\"é\":\"\\u0000\\\"€\uD83D\uDE00\"}";
    assertThat(put(user, json, null).hasEtag()).isTrue();
    assertThat(get(user).getJson())
        .isEqualTo(
            "{\"a\":[1,2.50,0,1E+400,12345678901234567890],\"é\":\"\\u0000\\\"€\uD83D\uDE00\"}");
  }

  @Test
  void leavesOutItsOwnNamesAndAllButTheLastOfEqualOnes() {
    String user = installation.newUser().getId();
    String json =
        """
        {"_id":1,"etag":"x","user_id":{},"tenant_id":null,"a":1,"ETAG":2,"a":{"etag":3,"b":1,"b":2}}""";
    assertThat(put(user, json, null).hasEtag()).isTrue();
    assertThat(get(user).getJson()).isEqualTo("{\"a\":{\"etag\":3,\"b\":2},\"ETAG\":2}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "1",
        "\"x\"",
        "{",
        "{}{}",
        "{} x",
        "{a:1}",
        "{\"a\":NaN}",
        "{'a':1}",
        "{\"a\":1,}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":01}",
        "\0"
      })
  void refusesWhatIsNotOneJsonObject(String text) {
    PutSettingsResponse response = put(installation.newUser().getId(), text, null);
    assertThat(response.getRefused().getRule()).isEqualTo(Rule.RULE_INVALID);
    assertThat(response.getRefused().getProblem()).isEqualTo("cannot parse request body as json");
  }

  @ParameterizedTest
  @CsvSource({
    "129, 1,    Values: the length of a name must be no more than 128.",
    "1,   4097, Values: the length of a string must be no more than 4096.",
  })
  void refusesTooLongTexts(int name, int value, String problem) {
    String json = "{\"%s\":\"%s\"}".formatted("n".repeat(name), "v".repeat(value));
    assertThat(put(null, json, null).getRefused().getProblem()).isEqualTo(problem);
  }

  @Test
  void comparesTheEtagExactly() {
    String user = installation.newUser().getId();
    assertThat(put(user, "{}", "anything at all").hasEtag()).isTrue();
    String etag = get(user).getEtag();
    for (String other :
        List.of("", "*", "\"" + etag + "\"", etag.toUpperCase(Locale.ROOT), "\0", "-")) {
      PutSettingsResponse response = put(user, "{\"a\":1}", other);
      assertThat(response.getRefused().getRule()).isEqualTo(Rule.RULE_ETAG_MISMATCH);
      assertThat(response.getRefused().getProblem()).isEqualTo("ETag doesn't match");
    }
    assertThat(get(user).getJson()).isEqualTo("{}");
    assertThat(put(user, "{\"a\":1}", etag).hasEtag()).isTrue();
  }

  @Test
  void letsOneOfManySavesWithOneEtagWin() {
    String user = installation.newUser().getId();
    String etag = put(user, "{}", null).getEtag();
    AtomicInteger number = new AtomicInteger();
    List<PutSettingsResponse> answers =
        together(10, () -> put(user, "{\"n\":" + number.incrementAndGet() + "}", etag));
    assertThat(answers).filteredOn(PutSettingsResponse::hasEtag).hasSize(1);
    assertThat(answers)
        .filteredOn(PutSettingsResponse::hasEtag)
        .extracting(PutSettingsResponse::getEtag)
        .containsExactly(get(user).getEtag());
  }

  @Test
  void letsTheFirstOfManyFirstSavesWinWhenAnEtagIsGiven() {
    String user = installation.newUser().getId();
    List<PutSettingsResponse> answers =
        together(10, () -> put(user, "{}", UUID.randomUUID().toString()));
    assertThat(answers).filteredOn(PutSettingsResponse::hasEtag).hasSize(1);
  }

  @Test
  void endsWithItsUser() {
    User user = installation.newUser();
    assertThat(put(user.getId(), "{\"a\":1}", null).hasEtag()).isTrue();
    var _ =
        installation.users().deleteUser(DeleteUserRequest.newBuilder().setId(user.getId()).build());
    assertThat(get(user.getId()).hasEtag()).isFalse();
    for (String nobody : List.of(user.getId(), "", "a\0b")) {
      assertThat(put(nobody, "{}", null).getRefused().getRule())
          .isEqualTo(Rule.RULE_USER_NOT_FOUND);
    }
  }

  private static GetSettingsResponse get(@Nullable String user) {
    GetSettingsRequest.Builder request = GetSettingsRequest.newBuilder();
    if (user != null) {
      request.setUserId(user);
    }
    return installation.settings().getSettings(request.build());
  }

  private static PutSettingsResponse put(
      @Nullable String user, String json, @Nullable String ifMatch) {
    PutSettingsRequest.Builder request = PutSettingsRequest.newBuilder().setJson(json);
    if (user != null) {
      request.setUserId(user);
    }
    if (ifMatch != null) {
      request.setIfMatch(ifMatch);
    }
    return installation.settings().putSettings(request.build());
  }
}
