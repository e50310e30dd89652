package org.rekey.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The same questions to Mender's own program and to ours.
@EnabledIf("org.rekey.artifact.MenderArtifact#isInstalled")
class MenderArtifactIT {
  @TempDir static Path directory;
  private static Path payload;

  @BeforeAll
  static void writeKeysAndPayload() throws IOException, InterruptedException {
    payload = directory.resolve("root.ext4");
    var bytes = new byte[300_000];
    new Random(5).nextBytes(bytes);
    Files.write(payload, bytes);
    for (TestKey key : TestKey.values()) {
      Files.writeString(publicKey(key), key.pem());
    }
    // What 3.9 can sign with: PKCS#1 and SEC1.
    for (TestKey key : new TestKey[] {TestKey.RSA, TestKey.EC}) {
      var pkcs8 = Files.writeString(directory.resolve(key + ".pkcs8"), key.privatePem());
      MenderArtifact.program(
          "openssl",
          key == TestKey.RSA ? "rsa" : "ec",
          "-in",
          pkcs8.toString(),
          key == TestKey.RSA ? "-traditional" : "-no_public",
          "-out",
          privateKey(key).toString());
    }
    MenderArtifact.program(
        "openssl",
        "ec",
        "-in",
        directory.resolve("EC.pkcs8").toString(),
        "-out",
        privateKey(TestKey.EC).toString());
  }

  private static Path publicKey(TestKey key) {
    return directory.resolve(key + ".pub.pem");
  }

  private static Path privateKey(TestKey key) {
    return directory.resolve(key + ".pem");
  }

  static Stream<DamageTable.Row> rows() {
    return DamageTable.rows().stream();
  }

  @ParameterizedTest
  @MethodSource("rows")
  void judgesAsMendersProgramDoes(DamageTable.Row row) throws Exception {
    var file = Files.write(directory.resolve("row.mender"), row.bytes());
    var theirs = MenderArtifact.validates(file, publicKey(row.key()));
    assertThat(theirs)
        .isEqualTo(
            switch (row.than()) {
              case SAME -> row.answer().equals("ok");
              case STRICTER -> true;
              case NEWER -> false;
            });
  }

  static Stream<Arguments> written() {
    return Stream.of("2", "3")
        .flatMap(
            version ->
                Stream.of("none", "gzip", "lzma")
                    .flatMap(
                        compression ->
                            Stream.of(TestKey.RSA, TestKey.EC)
                                .map(key -> Arguments.of(version, compression, key))));
  }

  @ParameterizedTest
  @MethodSource("written")
  void acceptsWhatMendersProgramSigned(String version, String compression, TestKey key)
      throws Exception {
    var file = write("rootfs-image", version, compression, "-k", privateKey(key).toString());
    assertThat(ArtifactReaderTest.answer(Files.readAllBytes(file), key.pem())).isEqualTo("ok");
  }

  @ParameterizedTest
  @MethodSource("written")
  void mendersProgramAcceptsWhatWasSignedHere(String version, String compression, TestKey key)
      throws Exception {
    var file = write("rootfs-image", version, compression);
    var outcome =
        new ArtifactSigning(Limits.GENEROUS, _ -> {})
            .sign(
                file,
                file,
                ArtifactKey.fromPem(key.pem()).getFirst(),
                false,
                artifact -> key.signText(artifact.manifest().bytes()));
    assertThat(outcome).isInstanceOf(SigningOutcome.Signed.class);
    assertThat(MenderArtifact.validates(file, publicKey(key))).isTrue();
    assertThat(MenderArtifact.run("read", "-k", publicKey(key).toString(), file.toString()))
        .contains("signed and verified correctly");
  }

  @ParameterizedTest
  @CsvSource({"script", "directory"})
  void acceptsUpdateModulesWithSeveralFiles(String type) throws Exception {
    var second = Files.writeString(directory.resolve("second.sh"), "#!/bin/sh\n");
    var file = directory.resolve("module.mender");
    MenderArtifact.run(
        "write",
        "module-image",
        "-T",
        type,
        "-t",
        "dev",
        "-n",
        "m1",
        "-f",
        payload.toString(),
        "-f",
        second.toString(),
        "-k",
        privateKey(TestKey.RSA).toString(),
        "-o",
        file.toString());
    assertThat(ArtifactReaderTest.answer(Files.readAllBytes(file), TestKey.RSA.pem()))
        .isEqualTo("ok");
  }

  @Test
  void acceptsBootstrapArtifactsAndThoseWithoutFiles() throws Exception {
    var bootstrap = directory.resolve("bootstrap.mender");
    MenderArtifact.run(
        "write",
        "bootstrap-artifact",
        "-t",
        "dev",
        "-n",
        "b1",
        "-k",
        privateKey(TestKey.RSA).toString(),
        "-o",
        bootstrap.toString());
    assertThat(ArtifactReaderTest.answer(Files.readAllBytes(bootstrap), TestKey.RSA.pem()))
        .isEqualTo("ok");
    var empty = directory.resolve("empty.mender");
    MenderArtifact.run(
        "write", "module-image", "-T", "script", "-t", "dev", "-n", "m1", "-o", empty.toString());
    assertThat(ArtifactReaderTest.answer(Files.readAllBytes(empty), TestKey.RSA.pem()))
        .isEqualTo("unsigned");
  }

  @Test
  void acceptsAnAugmentedArtifactAndSaysSo() throws Exception {
    var more = Files.writeString(directory.resolve("more.bin"), "more");
    var file = directory.resolve("augmented.mender");
    MenderArtifact.run(
        "write",
        "module-image",
        "-T",
        "script",
        "-t",
        "dev",
        "-n",
        "m1",
        "-f",
        payload.toString(),
        "--augment-type",
        "script",
        "--augment-file",
        more.toString(),
        "-k",
        privateKey(TestKey.RSA).toString(),
        "-o",
        file.toString());
    assertThat(MenderArtifact.validates(file, publicKey(TestKey.RSA))).isTrue();
    try (var in = Files.newInputStream(file)) {
      assertThat(new ArtifactReader(Limits.GENEROUS, Watcher.NONE).inspect(in))
          .isInstanceOfSatisfying(
              Inspection.Sound.class, sound -> assertThat(sound.artifact().isAugmented()).isTrue());
    }
  }

  private static Path write(String what, String version, String compression, String... more)
      throws Exception {
    var file = directory.resolve("written-" + version + "-" + compression + ".mender");
    Files.deleteIfExists(file);
    var arguments =
        Stream.concat(
                Stream.of(
                    "write",
                    what,
                    "-v",
                    version,
                    "--compression",
                    compression,
                    "-t",
                    "dev",
                    "-n",
                    "r1",
                    "-f",
                    payload.toString(),
                    "-o",
                    file.toString()),
                Stream.of(more))
            .toArray(String[]::new);
    var output = MenderArtifact.run(arguments);
    assertThat(file).as(output).exists();
    return file;
  }
}
