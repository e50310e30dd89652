package org.rekey.cli.mender;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.proto.useradm.v1.TakeOverToken;
import org.rekey.proto.useradm.v1.TakeOverUser;

class DumpParserTest {
  private final DumpParser parser = new DumpParser("");

  private DumpRecord parse(String line) {
    return parser.parse(line.getBytes(UTF_8));
  }

  private TakeOverUser user(String line) {
    assertThat(parse(line)).isInstanceOf(DumpRecord.User.class);
    return ((DumpRecord.User) parse(line)).user();
  }

  private TakeOverToken token(String line) {
    assertThat(parse(line)).isInstanceOf(DumpRecord.Token.class);
    return ((DumpRecord.Token) parse(line)).token();
  }

  private String problem(String line) {
    assertThat(parse(line)).isInstanceOf(DumpRecord.Refused.class);
    return ((DumpRecord.Refused) parse(line)).problem();
  }

  private static Timestamp at(String time) {
    Instant instant = Instant.parse(time);
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  @Test
  void readsAUserInBothFormsAlike() {
    TakeOverUser user = user(Dumps.relaxedUser());
    assertThat(user.getId()).isEqualTo(Dumps.USER_ID);
    assertThat(user.getEmail()).isEqualTo("admin@example.com");
    assertThat(user.getPasswordHash()).isEqualTo(Dumps.HASH);
    assertThat(user.getCreatedAt()).isEqualTo(at("2024-01-02T03:04:05.678Z"));
    assertThat(user.getUpdatedAt()).isEqualTo(at("2024-02-03T04:05:06Z"));
    assertThat(user.getLoginAt()).isEqualTo(at("2025-01-01T00:00:00Z"));
    assertThat(user(Dumps.canonicalUser())).isEqualTo(user);
  }

  @Test
  void readsATokenInBothFormsAlike() {
    TakeOverToken token = token(Dumps.relaxedToken());
    assertThat(token.getId()).isEqualTo(Dumps.TOKEN_ID);
    assertThat(token.getUserId()).isEqualTo(Dumps.USER_ID);
    assertThat(token.getName()).isEqualTo("ci");
    assertThat(token.getIssuedAt()).isEqualTo(at("2024-01-02T03:04:05.678Z"));
    assertThat(token.getExpiresAt()).isEqualTo(at("2030-01-09T03:04:05.678Z"));
    assertThat(token.getLastUsedAt()).isEqualTo(at("2024-05-05T05:05:05Z"));
    assertThat(token.getKid()).isEqualTo(5539);
    assertThat(token(Dumps.canonicalToken())).isEqualTo(token);
  }

  @Test
  void takesATokenWithoutKeyIdForOneOfTheDefaultKeyAndOneWithoutNameForASession() {
    TakeOverToken token = token(Dumps.session("t", "u"));
    assertThat(token.hasKid()).isTrue();
    assertThat(token.getKid()).isZero();
    assertThat(token.getName()).isEmpty();
  }

  @Test
  void takesATokenWithoutExpForOneThatNeverExpires() {
    assertThat(token("{\"_id\":\"t\",\"sub\":\"u\",\"iat\":1704164645}").hasExpiresAt()).isFalse();
    assertThat(
            token("{\"_id\":\"t\",\"sub\":\"u\",\"iat\":1704164645,\"exp\":null}").hasExpiresAt())
        .isFalse();
    assertThat(
            token(
                    """
                    {"_id":"t","sub":"u","iat":1704164645,\
                    "exp":{"time":{"$date":{"$numberLong":"-62135596800000"}}}}""")
                .hasExpiresAt())
        .as("Go's way to write no time")
        .isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"2bbde4d1-2a4c-47dc-9df4-f048285d2704\"",
        "{\"$uuid\":\"2BBDE4D1-2a4c-47dc-9df4-f048285d2704\"}",
        "{\"$binary\":{\"base64\":\"K73k0SpMR9yd9PBIKF0nBA==\",\"subType\":\"04\"}}",
        "{\"$binary\":{\"base64\":\"K73k0SpMR9yd9PBIKF0nBA==\",\"subType\":\"3\"}}",
        "{\"$binary\":{\"base64\":\"K73k0SpMR9yd9PBIKF0nBA==\",\"subType\":\"00\"}}",
        "{\"$binary\":\"K73k0SpMR9yd9PBIKF0nBA==\",\"$type\":\"04\"}",
      })
  void readsIdsInAllTheirForms(String id) {
    assertThat(token("{\"_id\":\"t\",\"sub\":" + id + ",\"iat\":1704164645}").getUserId())
        .isEqualTo(Dumps.USER_ID);
  }

  @Test
  void readsAnObjectIdAsItsHexDigits() {
    assertThat(
            token("{\"_id\":{\"$oid\":\"65A1B2c3d4e5f60718293a4b\"},\"sub\":\"u\",\"iat\":1}")
                .getId())
        .isEqualTo("65a1b2c3d4e5f60718293a4b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"$date\":\"2024-01-02T03:04:05Z\"}",
        "{\"$date\":\"2024-01-02T03:04:05.000Z\"}",
        "{\"$date\":\"2024-01-02T05:04:05+02:00\"}",
        "{\"$date\":\"2024-01-02T03:04:05.000+0000\"}",
        "{\"$date\":{\"$numberLong\":\"1704164645000\"}}",
        "{\"$date\":1704164645000}",
        "{\"time\":{\"$date\":\"2024-01-02T03:04:05Z\"}}",
        "{\"$timestamp\":{\"t\":1704164645,\"i\":1}}",
        "{\"$numberLong\":\"1704164645\"}",
        "{\"$numberLong\":\"1704164645000\"}",
        "{\"$numberDouble\":\"1704164645000.0\"}",
        "1704164645",
        "1704164645000",
        "1.704164645E12",
        "\"2024-01-02T03:04:05Z\""
      })
  void readsTimesInAllTheirForms(String time) {
    assertThat(token("{\"_id\":\"t\",\"sub\":\"u\",\"iat\":" + time + "}").getIssuedAt())
        .isEqualTo(at("2024-01-02T03:04:05Z"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      textBlock =
          """
          {                                                        | not JSON
          {"a":1} {"b":2}                                          | not JSON
          {"email":"a","email":"b"}                                | not JSON
          [{"_id":"t","sub":"u"}]                                  | an array (expected: one object
          7                                                        | not an object
          {}                                                       | neither a user (it has email) nor a token (it has sub)
          {"_id":"x","email":"a@b.c","sub":"u"}                    | neither a user
          {"_id":"x","email":"a@b.c"}                              | password: missing
          {"_id":"x","email":"a@b.c","password":"secret"}          | password: not a hash of bcrypt
          {"_id":"x","email":7,"password":"%HASH%"}                | email: missing, or not a text
          {"_id":"","email":"a@b.c","password":"%HASH%"}           | _id: 0 bytes (expected: 1 to 256)
          {"email":"a@b.c","password":"%HASH%"}                    | _id: not an id
          {"_id":"x","email":"a","password":"%HASH%","created_ts":{"$date":"soon"}} | created_ts: not a time
          {"_id":"x","email":"a","password":"%HASH%","created_ts":{"$date":{"$numberLong":"9e9"}}} | created_ts: not a whole number
          {"_id":"x","email":"a","password":"%HASH%","created_ts":{"$date":9223372036854775807}} | created_ts: not a time that can be
          {"_id":"t","sub":"u"}                                    | iat: missing
          {"_id":"t","sub":"u","iat":1.5}                          | iat: not a whole number
          {"_id":"t","sub":"u","iat":99999999999999999999}         | iat: not a whole number
          {"_id":"t","sub":"u","iat":1e999}                        | iat: not a whole number
          {"_id":"t","sub":"u","iat":1,"key_id":-1}                | key_id: negative
          {"_id":"t","sub":"u","iat":1,"key_id":"5"}               | key_id: not a whole number
          {"_id":"t","sub":"u","iat":1,"name":5}                   | name: missing, or not a text
          {"_id":"t","sub":{"$binary":{"base64":"AAAA","subType":"04"}},"iat":1} | sub: binary data that is not a UUID
          {"_id":"t","sub":{"$binary":{"base64":"!!!!","subType":"04"}},"iat":1} | sub: not base64
          {"_id":"t","sub":{"$uuid":"1-2-3-4-5"},"iat":1}          | sub: not a UUID
          {"_id":"t","sub":{"$oid":"xyz"},"iat":1}                 | sub: not an id
          {"_id":"t","sub":"u","iat":1,"tenant_id":"acme"}         | tenant_id: another tenant's
          """)
  void refusesWithTheFieldAndTheRule(String line, String problem) {
    assertThat(problem(line.replace("%HASH%", Dumps.HASH))).contains(problem);
  }

  @Test
  void takesOneTenantOfManyWhenToldWhich() {
    String line = "{\"_id\":\"t\",\"sub\":\"u\",\"iat\":1,\"tenant_id\":\"acme\"}";
    assertThat(new DumpParser("acme").parse(line.getBytes(UTF_8)))
        .isInstanceOf(DumpRecord.Token.class);
  }

  @Test
  void neverRepeatsASecret() {
    assertThat(problem("{\"_id\":\"x\",\"email\":\"a@b.c\",\"password\":\"hunter22\"}"))
        .doesNotContain("hunter22");
    assertThat(problem("{\"_id\":\"x\",\"password\":hunter22}")).doesNotContain("hunter");
    assertThat(problem(Dumps.relaxedUser() + Dumps.HASH)).doesNotContain("$2a$");
  }

  @Test
  void refusesWhatIsNotUtf8() {
    byte[] latin1 =
        Dumps.relaxedUser().replace("admin", "ädmin").getBytes(StandardCharsets.ISO_8859_1);
    assertThat(parser.parse(latin1)).isEqualTo(new DumpRecord.Refused("not UTF-8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\r", "\t \r"})
  void passesOverBlankLines(String line) {
    assertThat(parse(line)).isEqualTo(new DumpRecord.Blank());
  }

  @Test
  void takesALineThatEndsAsOnWindows() {
    assertThat(user(Dumps.relaxedUser() + "\r").getEmail()).isEqualTo("admin@example.com");
  }

  @Test
  void refusesWhatIsNestedTooDeep() {
    assertThat(problem("{\"sub\":" + "[".repeat(100_000) + "}")).startsWith("not JSON");
  }
}
