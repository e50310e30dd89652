package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ClientsNewCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    var console = new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, UTF_8);
    return Rekey.execute(console, args);
  }

  @Test
  void showsTheSecretOnceAndTheLinesOfTheFileWithoutIt() {
    assertThat(run("clients", "new", "billing", "--may", "introspect-users,revoke-users")).isZero();

    assertThat(err.toString()).isEmpty();
    assertThat(out.toString())
        .matches(
            "(?s)The secret of billing, shown this once:\\R\\R"
                + "  rekey_cs_[A-Za-z0-9_-]{43}\\R\\R"
                + "For the clients file, below `clients:`\\R\\R"
                + "  - id: billing\\R"
                + "    secret_sha256: [0-9a-f]{64}\\R"
                + "    may: \\[introspect-users, revoke-users\\]\\R");
  }

  @Test
  void theHashIsThatOfTheSecret() throws IOException, GeneralSecurityException {
    assertThat(run("clients", "new", "billing", "--json")).isZero();

    JsonNode json = new ObjectMapper().readTree(out.toString());
    byte[] secret = json.path("secret").asText().getBytes(UTF_8);
    assertThat(json.path("secret_sha256").asText())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(secret)));
    assertThat(json.path("may"))
        .extracting(JsonNode::asText)
        .containsExactly("introspect-users", "introspect-devices");
  }

  @Test
  void noTwoSecretsAreTheSame() {
    run("clients", "new", "a", "--json");
    String first = out.toString();
    out.getBuffer().setLength(0);
    run("clients", "new", "a", "--json");
    assertThat(out.toString()).isNotEqualTo(first);
  }
}
