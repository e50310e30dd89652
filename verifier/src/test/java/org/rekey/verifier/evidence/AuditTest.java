package org.rekey.verifier.evidence;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.evidence.AuditReport.Bearing;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;

class AuditTest {
  private final LogWriter log = new LogWriter();
  private final List<KeyEvent> passed = new ArrayList<>();

  private AuditReport audit(List<SignedKeyEvent> events, Audit.Named... checkpoints) {
    var audit = new Audit(List.of(log.logKey()), List.of(checkpoints), passed::add);
    for (var event : events) {
      if (!audit.next(event)) {
        break;
      }
    }
    return audit.end();
  }

  private AuditReport auditText(String text) throws IOException {
    var audit = new Audit(List.of(log.logKey()), List.of(), passed::add);
    return LogFile.check(new ByteArrayInputStream(text.getBytes(US_ASCII)), audit, (_, _) -> {});
  }

  private Audit.Named checkpoint(SignedKeyEvent event) {
    return new Audit.Named("witness", Checkpoint.of(event));
  }

  private void addKeys(int count) {
    for (var kid = log.head(); kid < count; kid++) {
      log.added(LogWriter.USERADM, kid, TestKeys.ed25519("key " + kid));
    }
  }

  @Test
  void aSoundLogIsWhole() {
    addKeys(3);
    var report = audit(log.events(), checkpoint(log.event(2)), checkpoint(log.event(3)));
    assertThat(report.verdict()).isEqualTo(Verdict.WHOLE);
    assertThat(report.epoch()).isEqualTo(3);
    assertThat(report.head()).isEqualTo(log.headHash());
    assertThat(report.checkpoints()).allMatch(each -> each.bearing() == Bearing.HOLDS);
    assertThat(passed).hasSize(3);
  }

  @Test
  void whatWasSignedIsInALineAndCannotBeChangedThere() throws IOException {
    log.added("artifact", 1, TestKeys.rsa());
    log.activated("artifact", 1);
    log.manifestSigned("artifact", 1, new byte[32], "release-7");
    var text = log.events().stream().map(EventLine::write).collect(Collectors.joining("\n"));
    assertThat(text)
        .contains("\"manifest_sha256\":\"" + "00".repeat(32) + "\",\"artifact\":\"release-7\"");
    assertThat(auditText(text).verdict()).isEqualTo(Verdict.WHOLE);
    assertThat(auditText(text.replace("release-7", "release-8")).verdict())
        .isEqualTo(Verdict.CHANGED);
  }

  @Test
  void copyingMayMakeLineEndsOfWindowsAndDropTheLastOne() throws IOException {
    addKeys(3);
    var text = log.events().stream().map(EventLine::write).collect(Collectors.joining("\r\n"));
    assertThat(auditText(text).verdict()).isEqualTo(Verdict.WHOLE);
    assertThat(auditText(text).epoch()).isEqualTo(3);
  }

  @Test
  void anEventThatNoVerifierObeysIsNamedAndTheRestIsChecked() {
    addKeys(1);
    log.activated(LogWriter.USERADM, 7);
    log.activated(LogWriter.USERADM, 8);
    var report = audit(log.events());
    assertThat(report.verdict()).isEqualTo(Verdict.ILLEGAL);
    assertThat(report.illegal()).isEqualTo(2);
    assertThat(report.epoch()).isEqualTo(3);
    assertThat(report.findings())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.rule()).isEqualTo(Rule.LEGALITY);
              assertThat(found.line()).isEqualTo(2);
            });
  }

  @Test
  void aSecondHistoryIsNamedWithWhereItParts() {
    addKeys(4);
    var other = new LogWriter(TestKeys.ed25519("log"));
    other.events().addAll(log.events().subList(0, 2));
    other.added(LogWriter.USERADM, 9, TestKeys.ed25519("nine"));
    other.added(LogWriter.USERADM, 10, TestKeys.ed25519("ten"));
    var report =
        audit(
            log.events(),
            checkpoint(other.event(1)),
            checkpoint(other.event(3)),
            checkpoint(other.event(4)));
    assertThat(report.verdict()).isEqualTo(Verdict.FORKED);
    assertThat(report.findings())
        .extracting(Finding::text)
        .containsExactly(
            "witness has another event 3, signed by the log key too: the histories part at epoch 3",
            "witness has another event 4, signed by the log key too:"
                + " the histories part between epochs 2 and 3");
    assertThat(report.checkpoints())
        .extracting(AuditReport.Standing::bearing)
        .containsExactly(Bearing.HOLDS, Bearing.FORKED, Bearing.FORKED);
  }

  @Test
  void historiesPutTogetherAreFoundWhereTheyMeet() {
    addKeys(3);
    var other = new LogWriter(TestKeys.ed25519("log"));
    other.added(LogWriter.USERADM, 9, TestKeys.ed25519("nine"));
    other.added(LogWriter.USERADM, 10, TestKeys.ed25519("ten"));
    var report = audit(List.of(log.event(1), other.event(2)));
    assertThat(report.findings()).singleElement().extracting(Finding::rule).isEqualTo(Rule.CHAIN);
    assertThat(report.epoch()).isEqualTo(1);
  }

  @Test
  void aCutIsNamedByACheckpointOnly() {
    addKeys(3);
    assertThat(audit(log.events().subList(0, 2)).verdict()).isEqualTo(Verdict.WHOLE);
    var report = audit(log.events().subList(0, 2), checkpoint(log.event(3)));
    assertThat(report.verdict()).isEqualTo(Verdict.CUT);
    assertThat(report.findings())
        .singleElement()
        .hasToString("epoch 3, cut: the log ends after epoch 2; witness was made at epoch 3");
  }

  @Test
  void anEventOfAnotherLogKeyIsNotTrusted() {
    addKeys(1);
    var stranger = new LogWriter(TestKeys.ed25519("stranger"));
    stranger.added(LogWriter.USERADM, 0, TestKeys.ed25519("key 0"));
    assertThat(audit(stranger.events()).findings())
        .singleElement()
        .extracting(Finding::rule)
        .isEqualTo(Rule.LOG_KEY);
  }

  @Test
  void aCheckpointIsReadBackAndMayCarrySignaturesOfOthers() {
    addKeys(1);
    var checkpoint = Checkpoint.of(log.event(1));
    var text = checkpoint.text(log.logKey());
    assertThat(text.lines()).hasSize(6);
    assertThat(Checkpoint.parse(text, List.of(log.logKey()))).isEqualTo(checkpoint);
    var witnessed = text + "— witness.example/w1 AAAAAAAA\n";
    assertThat(Checkpoint.parse(witnessed.replace("\n", "\r\n"), List.of(log.logKey())))
        .isEqualTo(checkpoint);
    var stranger = new LogWriter(TestKeys.ed25519("stranger")).logKey();
    assertThatThrownBy(() -> Checkpoint.parse(text, List.of(stranger)))
        .hasMessageStartingWith("origin: ");
  }

  @Test
  void aLineFromANewerVersionIsToldAsOne() throws IOException {
    addKeys(1);
    var line = EventLine.write(log.event(1)).replace("\"v\":1", "\"v\":2");
    assertThat(auditText(line).findings())
        .singleElement()
        .hasToString(
            "line 1, epoch 1, format: v: 2 (expected: 1, which is all that this version knows)");
  }
}
