package org.rekey.keystore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.artifact.ArtifactKey;
import org.rekey.artifact.Manifest;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.CompromiseKeyRequest;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.proto.keystore.v1.SignManifestRequest;
import org.rekey.proto.keystore.v1.SignManifestResponse;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

class SignManifestIT {
  private static final String MANIFEST =
      "0".repeat(64) + "  data/0000/root.ext4\n" + "1".repeat(64) + "  header.tar.gz\n";

  private static final KeyPair RSA = KeyFiles.rsa(2048);
  private static final KeyPair P256 = KeyFiles.ec("secp256r1");

  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  @TempDir Path home;
  private TestKeystore keystore;
  private Cable cable;

  @BeforeEach
  void start() {
    keystore = new TestKeystore(home, POSTGRES.newDatabase());
    cable = new Cable(Objects.requireNonNull(keystore.environment().get("KEYSTORE_DATABASE_URL")));
    keystore.environment().put("KEYSTORE_DATABASE_URL", cable.url());
    place(1, RSA);
    place(2, P256);
    keystore.start();
  }

  @AfterEach
  void stop() {
    cable.mend();
    keystore.close();
    cable.close();
  }

  private void place(long kid, KeyPair pair) {
    KeyFiles.place(keystore.file("artifact", "private.id." + kid + ".pem"), KeyFiles.pkcs8(pair));
  }

  private void activate(long kid) {
    keystore
        .admin()
        .activateKey(
            ActivateKeyRequest.newBuilder()
                .setRing("artifact")
                .setKid(kid)
                .setOverride(true)
                .setReason("a test")
                .build());
  }

  private SignManifestResponse sign(String manifest, @Nullable Long kid) {
    var request =
        SignManifestRequest.newBuilder()
            .setManifest(ByteString.copyFromUtf8(manifest))
            .setArtifact("release-7")
            .setReason("ready for the field");
    if (kid != null) {
      request.setKid(kid);
    }
    return keystore.signer("operator").signManifest(request.build());
  }

  private Status refusal(String manifest, @Nullable Long kid) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> sign(manifest, kid))
        .getStatus();
  }

  private static boolean isSignatureOf(KeyPair pair, SignManifestResponse response) {
    return ArtifactKey.of(pair.getPublic())
        .problem(Manifest.of(MANIFEST.getBytes(UTF_8)), response.getSignature())
        .isEmpty();
  }

  @Test
  void signsAManifestAndSaysInTheLogWhoHadItSigned() {
    activate(1);

    var response = sign(MANIFEST, null);

    assertThat(response.getKid()).isEqualTo(1);
    assertThat(isSignatureOf(RSA, response)).isTrue();
    var event = keystore.lastEvent();
    assertThat(event.getEpoch()).isEqualTo(response.getEpoch());
    assertThat(event.getRing()).isEqualTo("artifact");
    assertThat(event.getKid()).isEqualTo(1);
    assertThat(event.getActor()).isEqualTo("operator");
    assertThat(event.getOrigin()).contains("127.0.0.1");
    assertThat(event.getReason()).isEqualTo("ready for the field");
    assertThat(event.getManifestSigned().getArtifact()).isEqualTo("release-7");
    assertThat(
            HexFormat.of().formatHex(event.getManifestSigned().getManifestSha256().toByteArray()))
        .isEqualTo(Manifest.of(MANIFEST.getBytes(UTF_8)).sha256());
    // Verifiers take it for a step that changes nothing.
    assertThat(keystore.kidMap().active("artifact").orElseThrow().kid()).isEqualTo(1);
  }

  @Test
  void signsWithTheKeyBeforeForDevicesThatKnowNoOther() {
    activate(1);
    activate(2);

    assertThat(isSignatureOf(P256, sign(MANIFEST, null))).isTrue();
    assertThat(isSignatureOf(RSA, sign(MANIFEST, 1L))).isTrue();
    assertThat(keystore.lastEvent().getKid()).isEqualTo(1);
  }

  @Test
  void signsNothingWithAKeyThatMayNot() {
    activate(1);
    assertThat(refusal(MANIFEST, 2L).getDescription())
        .startsWith("kid 2 of ring artifact is ANNOUNCED");
    activate(2);
    keystore
        .admin()
        .retireKey(
            RetireKeyRequest.newBuilder()
                .setRing("artifact")
                .setKid(1)
                .setForce(true)
                .setReason("a test")
                .build());
    assertThat(refusal(MANIFEST, 1L).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(refusal(MANIFEST, 1L).getDescription()).contains("RETIRED");
    keystore
        .admin()
        .compromiseKey(
            CompromiseKeyRequest.newBuilder()
                .setRing("artifact")
                .setKid(2)
                .setReason("a test")
                .build());
    assertThat(refusal(MANIFEST, 2L).getDescription()).contains("COMPROMISED");
    assertThat(refusal(MANIFEST, 7L).getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(keystore.events()).noneMatch(event -> event.hasManifestSigned());
  }

  @Test
  void namesTheTypesThatDevicesVerify() {
    assertThat(refusal(MANIFEST, null).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(refusal(MANIFEST, null).getDescription())
        .startsWith("kid 0 of ring artifact is a key of type EdDSA (expected: RSA or P-256");
    var thrown =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                keystore
                    .admin()
                    .generateKey(
                        GenerateKeyRequest.newBuilder()
                            .setRing("artifact")
                            .setType("ed25519")
                            .build()));
    assertThat(thrown.getStatus().getDescription()).startsWith("type: ed25519 for ring artifact");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJtZW5kZXIudXNlcmFkbSJ9",
        "{\"iss\":\"mender.useradm\"}",
        "0000  data/0000/root.ext4\n",
        "\n"
      })
  void signsNothingButAManifest(String bytes) {
    activate(1);
    assertThat(refusal(bytes, null).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(keystore.lastEvent().hasManifestSigned()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"useradm", "deviceauth", "gateway"})
  void signsForOperatorsAlone(String caller) {
    activate(1);
    var thrown =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                keystore
                    .signer(caller)
                    .signManifest(
                        SignManifestRequest.newBuilder()
                            .setManifest(ByteString.copyFromUtf8(MANIFEST))
                            .build()));
    assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  @Test
  void givesOutNoSignatureThatTheLogDoesNotHave() {
    activate(1);
    var before = keystore.events();

    cable.cut();
    assertThat(refusal(MANIFEST, null).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    cable.mend();

    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> keystore.events().equals(before));
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> isSignatureOf(RSA, sign(MANIFEST, null)));
    assertThat(keystore.events()).hasSize(before.size() + 1);
  }
}
