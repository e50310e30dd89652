package org.rekey.agent.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.Signature;
import java.util.stream.Stream;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.agent.AgentFailure;

class KeyFilesTest {
  @TempDir Path directory;
  private Path file = Path.of("mender-agent.pem");
  private KeyFiles keys = KeyFiles.ours(file);

  @BeforeEach
  void open() {
    file = directory.resolve("mender-agent.pem");
    keys = KeyFiles.ours(file);
  }

  @ParameterizedTest
  @EnumSource
  void aKeyIsFoundAgainAndNobodyElseCanReadIt(KeyType type) throws IOException {
    AgentKey key = AgentKey.generate(type);
    keys.putFirst(key);
    assertThat(KeyFiles.ours(file).current()).contains(key);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (Stream<Path> all = Files.list(directory)) {
      assertThat(all).as("nothing is left beside it").containsExactly(file);
    }
  }

  @Test
  void aKeyIsNeverReplacedByAnotherFirstOne() {
    AgentKey key = AgentKey.generate(KeyType.ED25519);
    keys.putFirst(key);
    assertThatThrownBy(() -> keys.putFirst(AgentKey.generate(KeyType.ED25519)))
        .isInstanceOf(AgentFailure.class)
        .hasMessageContaining("not replaced");
    assertThat(keys.current()).contains(key);
  }

  static Stream<Arguments> texts() {
    KeyPair rsa = org.rekey.testkit.KeyFiles.rsa(2048);
    KeyPair ec = org.rekey.testkit.KeyFiles.ec("secp256r1");
    return Stream.of(
        Arguments.of("PKCS#1", org.rekey.testkit.KeyFiles.pkcs1(rsa), rsa, "SHA256withRSA"),
        Arguments.of("PKCS#8", org.rekey.testkit.KeyFiles.pkcs8(rsa), rsa, "SHA256withRSA"),
        Arguments.of("SEC1", org.rekey.testkit.KeyFiles.sec1(ec), ec, "SHA256withECDSA"),
        Arguments.of(
            "SEC1 with parameters",
            org.rekey.testkit.KeyFiles.sec1WithParameters(ec),
            ec,
            "SHA256withECDSA"),
        Arguments.of(
            "encrypted PKCS#8",
            org.rekey.testkit.KeyFiles.encryptedPkcs8(ec, "open sesame"),
            ec,
            "SHA256withECDSA"),
        Arguments.of(
            "encrypted, old form",
            org.rekey.testkit.KeyFiles.encryptedTraditional(rsa, "open sesame"),
            rsa,
            "SHA256withRSA"),
        curve("secp384r1"),
        curve("secp521r1"),
        curve("secp256k1"),
        curve("secp224r1"));
  }

  private static Arguments curve(String name) {
    KeyPair pair = org.rekey.testkit.KeyFiles.ec(name);
    return Arguments.of(name, org.rekey.testkit.KeyFiles.pkcs8(pair), pair, "SHA256withECDSA");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("texts")
  void whatOtherProgramsWroteSignsAsItShould(
      String name, String text, KeyPair pair, String algorithm) throws Exception {
    org.rekey.testkit.KeyFiles.write(file, text);
    AgentKey key = KeyFiles.configured(file, "open sesame").current().orElseThrow();
    assertThat(key.publicDer()).isEqualTo(pair.getPublic().getEncoded());
    byte[] message = "a body".getBytes(StandardCharsets.UTF_8);
    Signature check = Signature.getInstance(algorithm, new BouncyCastleProvider());
    check.initVerify(pair.getPublic());
    check.update(message);
    assertThat(check.verify(key.sign(message))).isTrue();
  }

  @ParameterizedTest
  @org.junit.jupiter.params.provider.ValueSource(
      strings = {
        "",
        "garbage",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQ",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEAUacID+vOCrlneXPJDJyEtec2NikZc3cywBp9Fmdo6aA=
        -----END PUBLIC KEY-----
        """
      })
  void whatCannotBeReadIsAnErrorAndStaysAsItIs(String text) throws IOException {
    Files.writeString(file, text);
    assertThatThrownBy(() -> keys.current())
        .isInstanceOf(AgentFailure.class)
        .hasMessageContaining("mender-agent.pem")
        .hasMessageContaining("It is not replaced");
    assertThat(Files.readString(file)).isEqualTo(text);
  }

  @Test
  void aWrongPassphraseIsSaid() {
    org.rekey.testkit.KeyFiles.write(
        file,
        org.rekey.testkit.KeyFiles.encryptedPkcs8(
            org.rekey.testkit.KeyFiles.ec("secp256r1"), "open sesame"));
    assertThatThrownBy(() -> KeyFiles.configured(file, "guess").current())
        .hasMessageContaining("the passphrase does not open it");
    assertThatThrownBy(() -> KeyFiles.configured(file, "").current())
        .hasMessageContaining("--passphrase-file");
  }

  @Test
  void permissionsThatAreTooWideAreMended() throws IOException {
    keys.putFirst(AgentKey.generate(KeyType.ED25519));
    org.rekey.testkit.KeyFiles.withPermissions(file, "rw-r--r--");
    assertThat(keys.current()).isPresent();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void theSuccessorWaitsBesideTheKeyUntilItTakesItsPlace() {
    AgentKey first = AgentKey.generate(KeyType.ED25519);
    AgentKey second = AgentKey.generate(KeyType.P256);
    keys.putFirst(first);
    keys.putSuccessor(second);
    assertThat(again().current()).contains(first);
    assertThat(again().successor()).contains(new KeyPlace.Successor(second, false));
    keys.markOffered();
    assertThat(again().current()).contains(first);
    assertThat(again().successor()).contains(new KeyPlace.Successor(second, true));
    keys.commit();
    assertThat(again().current()).contains(second);
    assertThat(again().successor()).isEmpty();
  }

  @Test
  void aSuccessorThatIsDiscardedLeavesTheKey() {
    AgentKey first = AgentKey.generate(KeyType.ED25519);
    keys.putFirst(first);
    keys.putSuccessor(AgentKey.generate(KeyType.ED25519));
    keys.markOffered();
    keys.discardSuccessor();
    assertThat(again().current()).contains(first);
    assertThat(again().successor()).isEmpty();
  }

  private KeyFiles again() {
    return KeyFiles.ours(file);
  }
}
