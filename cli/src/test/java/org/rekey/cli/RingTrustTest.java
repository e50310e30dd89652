package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.rekey.artifact.Artifact;
import org.rekey.artifact.Manifest;
import org.rekey.cli.client.VerifiedLog;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.proto.keystore.v1.ManifestSigned;
import org.rekey.proto.keystore.v1.Purpose;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.map.KidMap;

class RingTrustTest {
  private static final KeyPair KEY = key();
  private static final KeyPair OTHER = key();
  private static final Manifest MANIFEST = manifest('0');

  private final List<KeyEvent> events = new ArrayList<>();
  private final List<KidMap> maps = new ArrayList<>(List.of(KidMap.empty()));

  private static KeyPair key() {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Manifest manifest(char digit) {
    return Manifest.of((String.valueOf(digit).repeat(64) + "  version\n").getBytes(UTF_8));
  }

  private static Artifact artifact() {
    return new Artifact(
        3,
        MANIFEST,
        Optional.empty(),
        false,
        "release-7",
        null,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static String signature(KeyPair by) {
    try {
      var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(by.getPrivate());
      signature.update(MANIFEST.bytes());
      return Base64.getEncoder().encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private void event(long kid, Consumer<KeyEvent.Builder> change) {
    var event = KeyEvent.newBuilder().setEpoch(events.size() + 1).setRing("artifact").setKid(kid);
    change.accept(event);
    events.add(event.build());
    maps.add(maps.getLast().apply(events.getLast()).map());
  }

  private void added(long kid, KeyPair pair) {
    event(
        kid,
        event ->
            event.setKeyAdded(
                KeyAdded.newBuilder()
                    .setAlg("ES256")
                    .setPublicKey(ByteString.copyFrom(pair.getPublic().getEncoded()))
                    .setThumbprint(Thumbprint.of(pair.getPublic()))
                    .setIssuer("rekey.artifact")
                    .setPurpose(Purpose.PURPOSE_ARTIFACT)));
    event(kid, event -> event.setKeyActivated(KeyActivated.getDefaultInstance()));
  }

  private void signed(long kid, Manifest manifest) {
    event(
        kid,
        event ->
            event.setManifestSigned(
                ManifestSigned.newBuilder()
                    .setManifestSha256(
                        ByteString.copyFrom(HexFormat.of().parseHex(manifest.sha256())))));
  }

  private void retired(long kid) {
    event(
        kid,
        event ->
            event.setKeyRetired(KeyRetired.newBuilder().setCause(KeyRetired.Cause.CAUSE_COMMAND)));
  }

  private RingTrust.Verdict judge(KeyPair by, @Nullable Long kid) {
    return new RingTrust(new VerifiedLog(events, maps, List.of()))
        .judge(artifact(), signature(by), kid);
  }

  private static void isRefused(RingTrust.Verdict verdict, String why) {
    assertThat(verdict)
        .isInstanceOfSatisfying(
            RingTrust.Verdict.Refused.class, refused -> assertThat(refused.why()).contains(why));
  }

  @Test
  void aKeyInUseCountsWhereverItSigned() {
    added(1, KEY);
    assertThat(judge(KEY, null)).isInstanceOf(RingTrust.Verdict.Trusted.class);
    assertThat(judge(KEY, 1L)).isInstanceOf(RingTrust.Verdict.Trusted.class);
    added(2, OTHER);
    assertThat(judge(KEY, null)).isInstanceOf(RingTrust.Verdict.Trusted.class);
    isRefused(judge(KEY, 2L), "not by kid 2");
    isRefused(judge(KEY, 7L), "no such key");
  }

  @Test
  void aStrangersSignatureCountsForNothing() {
    added(1, KEY);
    isRefused(judge(OTHER, null), "no key of ring artifact has made the signature");
  }

  @Test
  void aRetiredKeyCountsForWhatTheLogSaysItSigned() {
    added(1, KEY);
    signed(1, MANIFEST);
    added(2, OTHER);
    retired(1);
    assertThat(judge(KEY, null))
        .isInstanceOfSatisfying(
            RingTrust.Verdict.Trusted.class,
            trusted -> assertThat(trusted.entry()).isEqualTo(events.get(2)));
  }

  @Test
  void aRetiredKeyCountsForNothingElse() {
    added(1, KEY);
    signed(1, manifest('1'));
    added(2, OTHER);
    signed(2, MANIFEST);
    retired(1);
    isRefused(judge(KEY, null), "kid 1 is retired");
    // What says so afterwards is obeyed by no reader of the log.
    signed(1, MANIFEST);
    isRefused(judge(KEY, null), "kid 1 is retired");
  }

  @Test
  void aCompromisedKeyCountsForNothingWhateverTheLogSays() {
    added(1, KEY);
    signed(1, MANIFEST);
    event(1, event -> event.setKeyCompromised(KeyCompromised.getDefaultInstance()));
    isRefused(judge(KEY, null), "found compromised");
    isRefused(judge(KEY, 1L), "found compromised");
  }
}
