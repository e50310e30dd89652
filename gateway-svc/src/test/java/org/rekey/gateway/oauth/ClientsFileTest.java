package org.rekey.gateway.oauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.runtime.client.ClientRight;
import org.rekey.runtime.client.ClientSecret;
import org.rekey.runtime.config.SettingsException;

class ClientsFileTest {
  private static final String SECRET = ClientSecret.generate(new SecureRandom());
  private static final String HASH = ClientSecret.sha256(SECRET);
  private static final String OTHER_SECRET = ClientSecret.generate(new SecureRandom());

  @TempDir private Path directory;

  private Clients read(String yaml) {
    try {
      Path file = directory.resolve("clients.yaml");
      Files.writeString(file, yaml);
      return ClientsFile.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> problems(String yaml) {
    return catchThrowableOfType(SettingsException.class, () -> read(yaml)).problems().stream()
        .map(line -> line.replace(directory.resolve("clients.yaml").toString(), "FILE"))
        .toList();
  }

  @Test
  void aClientIsKnownByItsSecretAndMayWhatTheFileSays() {
    Clients clients =
        read(
            """
            clients:
              - id: billing
                secret_sha256: %s
                may: [introspect-users, revoke-devices]
            """
                .formatted(HASH));

    assertThat(clients.find("billing", SECRET))
        .hasValueSatisfying(
            client ->
                assertThat(client.rights())
                    .containsExactlyInAnyOrder(
                        ClientRight.INTROSPECT_USERS, ClientRight.REVOKE_DEVICES));
    assertThat(clients.find("billing", SECRET + "x")).isEmpty();
    assertThat(clients.find("billing", HASH)).isEmpty();
    assertThat(clients.find("billing", "")).isEmpty();
    assertThat(clients.find("Billing", SECRET)).isEmpty();
  }

  @Test
  void whileASecretIsExchangedBothAreGood() {
    Clients clients =
        read(
            """
            clients:
              - id: billing
                secret_sha256: [%s, %s]
                may: introspect-users
            """
                .formatted(HASH, ClientSecret.sha256(OTHER_SECRET)));

    assertThat(clients.find("billing", SECRET)).isPresent();
    assertThat(clients.find("billing", OTHER_SECRET)).isPresent();
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnceWithItsLine() {
    assertThat(
            problems(
                """
                clients:
                  - id: a b
                    secret_sha256: %1$s
                    may: [introspect-users]
                  - id: ok
                    secret: %2$s
                    may: [everything]
                  - id: plain
                    secret_sha256: %2$s
                    may: [introspect-users]
                  - id: bare
                  - id: twice
                    secret_sha256: %1$s
                    may: [introspect-users]
                  - id: twice
                    secret_sha256: %1$s
                    may: [introspect-users]
                client: []
                """
                    .formatted(HASH, SECRET)))
        .containsExactly(
            "FILE:2: id: \"a b\" (expected: 1 to 64 of A-Z a-z 0-9 . _ -)",
            "FILE:6: secret (expected: id, secret_sha256, may)",
            "FILE:7: may: everything (expected: introspect-users, introspect-devices, revoke-users,"
                + " revoke-devices)",
            "FILE:9: secret_sha256: not a hash (expected: SHA-256 of the secret, 64 digits of 0-9"
                + " a-f)",
            "FILE:11: secret_sha256: missing (make a secret: rekey clients new bare)",
            "FILE:15: id: twice stands here twice",
            "FILE:18: client: did you mean `clients`?");
  }

  @Test
  void aSecretThatStandsInTheWrongPlaceIsNotTold() {
    for (String yaml :
        List.of(
            "clients:\n  - {id: a, secret_sha256: %s, may: introspect-users}\n",
            "clients:\n  - {id: a, secret_sha256: '%s, may: introspect-users}\n",
            "clients: [\n%s\n")) {
      assertThat(problems(yaml.formatted(SECRET))).noneMatch(line -> line.contains(SECRET));
    }
  }

  @Test
  void aNameThatStandsTwiceIsNoGuess() {
    assertThat(
            problems(
                "clients:\n  - {id: a, id: b, secret_sha256: %s, may: introspect-users}\n"
                    .formatted(HASH)))
        .containsExactly("FILE:2: id stands here twice");
  }

  @Test
  void anEmptyFileIsNobody() {
    assertThat(read("").size()).isZero();
    assertThat(read("clients: []\n").size()).isZero();
  }

  @Test
  void aFileThatIsNotThereIsSaid() {
    assertThat(
            catchThrowableOfType(
                    SettingsException.class, () -> ClientsFile.read(directory.resolve("none")))
                .problems())
        .singleElement()
        .asString()
        .contains("the clients file cannot be read");
  }

  @Test
  void aClientDoesNotShowItsHashes() {
    assertThat(new OAuthClient("a", List.of(HASH), java.util.Set.of()).toString())
        .doesNotContain(HASH);
  }
}
