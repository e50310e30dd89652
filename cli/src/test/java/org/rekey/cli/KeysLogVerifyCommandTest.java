package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.Purpose;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.evidence.Checkpoint;
import org.rekey.verifier.evidence.EventLine;
import org.rekey.verifier.key.Thumbprint;
import org.rekey.verifier.log.LogChain;
import org.rekey.verifier.log.LogKey;

class KeysLogVerifyCommandTest {
  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final KeyPair logKey = ed25519();
  private final List<SignedKeyEvent> events = new ArrayList<>();
  private Path file = Path.of("");

  private static KeyPair ed25519() {
    try {
      return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void export() throws IOException {
    for (int kid = 0; kid < 3; kid++) {
      KeyPair key = ed25519();
      add(
          kid,
          KeyEvent.newBuilder()
              .setKeyAdded(
                  KeyAdded.newBuilder()
                      .setAlg("EdDSA")
                      .setPublicKey(ByteString.copyFrom(key.getPublic().getEncoded()))
                      .setThumbprint(Thumbprint.of(key.getPublic()))
                      .setIssuer("mender.useradm")
                      .setPurpose(Purpose.PURPOSE_USER)));
    }
    Files.writeString(directory.resolve("log-key.pub.pem"), LogKey.of(logKey.getPublic()).toPem());
    file = write(events);
  }

  private void add(long kid, KeyEvent.Builder event) {
    events.add(
        LogChain.sign(
            event
                .setEpoch(events.size() + 1)
                .setPreviousHash(
                    events.isEmpty()
                        ? LogChain.GENESIS
                        : LogChain.hash(events.getLast().getEvent()))
                .setRing("useradm")
                .setKid(kid)
                .setActor("operator")
                .setOrigin("127.0.0.1")
                .setReason("a\u001b[2Jb")
                .build(),
            logKey.getPrivate(),
            LogKey.of(logKey.getPublic())));
  }

  private Path write(List<SignedKeyEvent> log) throws IOException {
    return Files.write(directory.resolve("log.jsonl"), log.stream().map(EventLine::write).toList());
  }

  private String checkpoint(SignedKeyEvent event) throws IOException {
    String text = Checkpoint.of(event).text(LogKey.of(logKey.getPublic()));
    return Files.writeString(directory.resolve("checkpoint.txt"), text).toString();
  }

  private int verify(String... options) {
    List<String> args = new ArrayList<>(List.of("keys", "log", "verify", file.toString()));
    args.addAll(List.of("--log-key", directory.resolve("log-key.pub.pem").toString()));
    args.addAll(List.of(options));
    var console = new Console(new PrintWriter(out, true), new PrintWriter(err, true), false, UTF_8);
    return Rekey.execute(console, args.toArray(String[]::new));
  }

  @Test
  void saysWhatOnlyACheckpointCouldShow() {
    assertThat(verify()).isZero();
    assertThat(out.toString())
        .contains("✓ whole up to epoch 3; a checkpoint later than 3 would show a cut");
  }

  @Test
  void holdsTheLogToACheckpoint() throws IOException {
    String checkpoint = checkpoint(events.get(2));
    assertThat(verify("--checkpoint", checkpoint)).isZero();
    assertThat(out.toString())
        .contains("checkpoint.txt, epoch 3: the log extends it")
        .contains("✓ whole up to epoch 3\n");
    file = write(events.subList(0, 2));
    assertThat(verify("--checkpoint", checkpoint)).isEqualTo(4);
    assertThat(out.toString()).contains("epoch 3, cut: the log ends after epoch 2");
  }

  @Test
  void namesTheFirstBadLine() throws IOException {
    Files.writeString(file, Files.readString(file).replaceAll("\"kid\":1", "\"kid\":7"));
    assertThat(verify("--json")).isEqualTo(3);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.at("/verdict").asText()).isEqualTo("CHANGED");
    assertThat(json.at("/whole_up_to").asInt()).isEqualTo(1);
    assertThat(json.at("/findings/0/line").asInt()).isEqualTo(2);
    assertThat(json.at("/findings/0/epoch").asInt()).isEqualTo(2);
    assertThat(json.at("/findings/0/rule").asText()).isEqualTo("field");
  }

  @Test
  void namesASecondHistory() throws IOException {
    SignedKeyEvent other = events.removeLast();
    add(9, KeyEvent.newBuilder().setKeyActivated(KeyActivated.getDefaultInstance()));
    file = write(events);
    assertThat(verify("--checkpoint", checkpoint(other))).isEqualTo(5);
    assertThat(out.toString()).contains("the histories part at epoch 3");
    assertThat(verify()).isEqualTo(6);
  }

  @Test
  void refusesACheckpointThatWasChanged() throws IOException {
    Path checkpoint = Path.of(checkpoint(events.getLast()));
    Files.writeString(checkpoint, Files.readString(checkpoint).replaceFirst("\n3\n", "\n2\n"));
    assertThat(verify("--checkpoint", checkpoint.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("no checkpoint of this log: epoch or hash");
  }

  @Test
  void printsWhoWhenWhereAndWhyWithoutWhatMovesACursor() {
    assertThat(verify("--print")).isZero();
    assertThat(out.toString())
        .contains("3  1970-01-01T00:00:00Z  useradm/2  KEY_ADDED EdDSA  by operator from 127.0.0.1")
        .contains(": a�[2Jb")
        .doesNotContain("\u001b");
  }
}
