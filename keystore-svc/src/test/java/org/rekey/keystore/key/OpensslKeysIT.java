package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.pkcs11.Passphrase;
import org.rekey.testkit.KeyFiles;

/// Keys that the real `openssl` made and encrypted, in the ways that its manual offers.
class OpensslKeysIT {
  private static final String PASSPHRASE = "öffne dich, 開け";
  private static final List<String> RSA = List.of("-algorithm", "RSA");
  private static final List<String> P_256 =
      List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256");
  private static final List<String> ED25519 = List.of("-algorithm", "ED25519");

  @TempDir Path home;

  @BeforeAll
  static void needsOpenssl() {
    assumeTrue(exists("openssl"), "openssl is not installed");
  }

  static Stream<Arguments> waysToEncrypt() {
    return Stream.of(
        way("the default", "RSA", RSA),
        way("AES-256, HMAC-SHA256", "RSA", RSA, "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"),
        way("AES-256, HMAC-SHA512", "EC", P_256, "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"),
        way("AES-128, HMAC-SHA1", "EC", P_256, "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"),
        way("AES-128, 600000 rounds", "Ed25519", ED25519, "-v2", "aes-128-cbc", "-iter", "600000"),
        way("triple DES", "RSA", RSA, "-v2", "des3"),
        way("scrypt", "Ed25519", ED25519, "-scrypt"),
        way("scrypt, AES-128", "EC", P_256, "-v2", "aes-128-cbc", "-scrypt"));
  }

  @ParameterizedTest
  @MethodSource("waysToEncrypt")
  void opensWhatOpensslEncrypts(String type, List<String> algorithm, List<String> options)
      throws Exception {
    var plain = home.resolve("plain.pem");
    var encrypted = home.resolve("encrypted.pem");
    var passphrase = passphraseFile();
    openssl("genpkey", algorithm, "-out", plain.toString());
    var all = new ArrayList<>(options);
    all.addAll(List.of("-topk8", "-in", plain.toString(), "-out", encrypted.toString()));
    openssl("pkcs8", all, "-passout", "file:" + passphrase);

    var parsed = PemKeys.parse(Files.readAllBytes(encrypted), Passphrase.in(passphrase));

    assertThat(Files.readString(encrypted)).contains("ENCRYPTED");
    assertThat(parsed).isInstanceOf(PemKeys.Usable.class);
    assertThat(((PemKeys.Usable) parsed).key().publicKey().getEncoded())
        .isEqualTo(publicHalf(type, plain));
  }

  @Test
  void readsTheOldEncryptionWithARemark() throws Exception {
    var file = home.resolve("old.pem");
    var passphrase = passphraseFile();
    openssl(
        "genrsa",
        List.of("-traditional", "-aes256", "-passout", "file:" + passphrase),
        "-out",
        file.toString(),
        "2048");

    assertThat(Files.readString(file)).contains("Proc-Type: 4,ENCRYPTED");
    assertThat(PemKeys.parse(Files.readAllBytes(file), Passphrase.in(passphrase)))
        .isInstanceOfSatisfying(
            PemKeys.Usable.class,
            usable ->
                assertThat(usable.remark())
                    .isNotNull()
                    .extracting(PemKeys.Unusable::flaw)
                    .isEqualTo(PemKeys.Flaw.OLD_ENCRYPTION));
  }

  @Test
  void tellsThePassphraseThatDoesNotFit() throws Exception {
    var file = home.resolve("encrypted.pem");
    var passphrase = passphraseFile();
    openssl(
        "genpkey", ED25519, "-aes-256-cbc", "-pass", "file:" + passphrase, "-out", file.toString());

    assertThat(PemKeys.parse(Files.readAllBytes(file), Passphrase.of("SETTING", "another")))
        .isInstanceOfSatisfying(
            PemKeys.Unusable.class,
            unusable -> {
              assertThat(unusable.flaw()).isEqualTo(PemKeys.Flaw.WRONG_PASSPHRASE);
              assertThat(unusable.why()).contains("SETTING").doesNotContain("another passphrase:");
            });
  }

  private Path passphraseFile() throws IOException {
    var file = home.resolve("passphrase");
    Files.writeString(file, PASSPHRASE + "\nnot this line\n", UTF_8);
    return KeyFiles.withPermissions(file, "rw-------");
  }

  private static Arguments way(
      String title, String type, List<String> algorithm, String... options) {
    return argumentSet(type + ", " + title, type, algorithm, List.of(options));
  }

  private byte[] publicHalf(String type, Path key) throws Exception {
    var file = home.resolve("public.pem");
    openssl("pkey", List.of("-in", key.toString()), "-pubout", "-out", file.toString());
    var base64 = Files.readString(file, US_ASCII).replaceAll("-----[A-Z ]+-----", "");
    return KeyFactory.getInstance(type)
        .generatePublic(new X509EncodedKeySpec(Base64.getMimeDecoder().decode(base64)))
        .getEncoded();
  }

  private static void openssl(String command, List<String> options, String... more)
      throws Exception {
    var line = new ArrayList<>(List.of("openssl", command));
    line.addAll(options);
    line.addAll(List.of(more));
    var process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", line, output).isZero();
  }

  private static boolean exists(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
