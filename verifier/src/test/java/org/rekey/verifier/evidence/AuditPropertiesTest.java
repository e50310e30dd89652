package org.rekey.verifier.evidence;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.rekey.proto.keystore.v1.KeyRetired.Cause;
import org.rekey.verifier.fixture.LogWriter;
import org.rekey.verifier.fixture.TestKeys;

class AuditPropertiesTest {
  private static final LogWriter WRITER = written();
  private static final List<String> LINES =
      WRITER.events().stream().map(event -> EventLine.write(event) + "\n").toList();
  private static final int LAST = 8;

  private static LogWriter written() {
    var log = new LogWriter();
    log.added(LogWriter.USERADM, 0, TestKeys.ed25519("zero"));
    log.activated(LogWriter.USERADM, 0);
    log.added(LogWriter.DEVICEAUTH, 0, TestKeys.ec("secp256r1"));
    log.append(
        LogWriter.USERADM,
        5,
        event ->
            event
                .setReason("für \"alle\"\n\\ 🔑")
                .setOrigin("/keys/private.id.5.pem")
                .setKeyAdded(LogWriter.keyAdded(LogWriter.USERADM, TestKeys.rsa().getPublic())));
    log.append(
        LogWriter.USERADM,
        5,
        event ->
            event.setKeyActivated(
                event.getKeyActivatedBuilder().setReplacedKid(0).addOverridden("useradm-7f3c")));
    log.append(
        LogWriter.USERADM,
        0,
        event ->
            event.setKeyRetired(
                event
                    .getKeyRetiredBuilder()
                    .setCause(Cause.CAUSE_COMMAND)
                    .setForced(true)
                    .setImpact(event.getKeyRetiredBuilder().getImpactBuilder().setSessions(3))));
    log.compromised(LogWriter.USERADM, 0);
    log.activated(LogWriter.DEVICEAUTH, 0);
    return log;
  }

  private static AuditReport audit(byte[] file, Audit.Named... checkpoints) {
    try {
      return LogFile.check(
          new ByteArrayInputStream(file),
          new Audit(List.of(WRITER.logKey()), List.of(checkpoints), _ -> {}),
          (_, _) -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static AuditReport audit(List<String> lines, Audit.Named... checkpoints) {
    return audit(String.join("", lines).getBytes(US_ASCII), checkpoints);
  }

  private static void isFoundAt(AuditReport report, long line) {
    assertThat(report.verdict()).isEqualTo(Verdict.CHANGED);
    assertThat(report.findings()).last().extracting(Finding::line).isEqualTo(line);
    assertThat(report.findings()).last().extracting(Finding::epoch).isEqualTo(line);
    assertThat(report.epoch()).isEqualTo(line - 1);
  }

  @Property(tries = 3000)
  void aChangedByteIsFoundInItsRecord(
      @ForAll int where, @ForAll @IntRange(min = 1, max = 255) int difference) {
    var file = String.join("", LINES).getBytes(US_ASCII);
    var at = Math.floorMod(where, file.length - 1);
    var record = 1L;
    for (var i = 0; i < at; i++) {
      record += file[i] == '\n' ? 1 : 0;
    }
    file[at] ^= (byte) difference;
    isFoundAt(audit(file), record);
  }

  @Property(tries = 100)
  void aChangeOfTheLastByteIsFound(@ForAll @IntRange(min = 1, max = 255) int difference) {
    var file = String.join("", LINES).getBytes(US_ASCII);
    file[file.length - 1] ^= (byte) difference;
    isFoundAt(audit(file), LAST);
  }

  @Property
  void aRecordTakenOutIsFoundWhereItWas(@ForAll @IntRange(max = LAST - 2) int which) {
    var lines = new ArrayList<>(LINES);
    lines.remove(which);
    isFoundAt(audit(lines), which + 1);
  }

  @Property
  void aRecordPutInOnceMoreIsFoundThere(
      @ForAll @IntRange(max = LAST - 1) int which, @ForAll @IntRange(max = LAST) int where) {
    var lines = new ArrayList<>(LINES);
    lines.add(where, LINES.get(which));
    isFoundAt(audit(lines), where == which ? where + 2 : where + 1);
  }

  @Property
  void swappedRecordsAreFoundAtTheFirst(
      @ForAll @IntRange(max = LAST - 1) int one, @ForAll @IntRange(max = LAST - 1) int other) {
    var lines = new ArrayList<>(LINES);
    Collections.swap(lines, one, other);
    if (one == other) {
      assertThat(audit(lines).verdict()).isEqualTo(Verdict.WHOLE);
    } else {
      isFoundAt(audit(lines), Math.min(one, other) + 1);
    }
  }

  /// Of a record cut in two the rest is bad; a cut between records only a checkpoint shows.
  @Property(tries = 2000)
  void aFileCutAnywhereIsToldFromAChangedOne(@ForAll int where) {
    var file = String.join("", LINES).getBytes(US_ASCII);
    var length = Math.floorMod(where, file.length - 1);
    var cut = Arrays.copyOf(file, length);
    var whole = new String(cut, US_ASCII).lines().filter(line -> line.endsWith("}")).count();
    var checkpoint = new Audit.Named("witness", Checkpoint.of(WRITER.event(LAST)));
    if (length == 0 || file[length - 1] == '\n' || file[length] == '\n') {
      assertThat(audit(cut).epoch()).isEqualTo(whole);
      assertThat(audit(cut).verdict()).isEqualTo(Verdict.WHOLE);
      assertThat(audit(cut, checkpoint).verdict())
          .isEqualTo(whole == LAST ? Verdict.WHOLE : Verdict.CUT);
    } else {
      assertThat(audit(cut, checkpoint).verdict()).isEqualTo(Verdict.CHANGED);
    }
  }

  @Property
  void aFieldTakenOutIsFound(@ForAll @IntRange(max = LAST - 1) int which, @ForAll int field) {
    var members = new ArrayList<>(JsonMembers.of(LINES.get(which)).orElseThrow().entrySet());
    members.remove(Math.floorMod(field, members.size()));
    var line = new StringBuilder();
    members.forEach(
        member ->
            line.append(line.isEmpty() ? "{" : ",")
                .append("\"%s\":%s".formatted(member.getKey(), ascii(member.getValue()))));
    var lines = new ArrayList<>(LINES);
    lines.set(which, line + "}\n");
    isFoundAt(audit(lines), which + 1);
  }

  @Property
  void aFieldPutInIsFound(@ForAll @IntRange(max = LAST - 1) int which, @ForAll boolean isFirst) {
    var lines = new ArrayList<>(LINES);
    var line = LINES.get(which);
    lines.set(
        which,
        isFirst
            ? line.replaceFirst("\\{", "{\"note\":\"x\",")
            : line.replaceFirst("}\n$", ",\"note\":\"x\"}\n"));
    isFoundAt(audit(lines), which + 1);
    assertThat(audit(lines).findings())
        .last()
        .hasToString(
            "line %d, epoch %d, field: note: not a field of this event"
                .formatted(which + 1, which + 1));
  }

  @Property(tries = 1000)
  void aCheckpointWithAnotherCharacterIsRefused(
      @ForAll @IntRange(min = 1, max = LAST) int epoch, @ForAll int where, @ForAll char other) {
    var text = Checkpoint.of(WRITER.event(epoch)).text(WRITER.logKey());
    var at = Math.floorMod(where, text.length() - 1);
    var changed = text.substring(0, at) + other + text.substring(at + 1);
    Checkpoint taken;
    try {
      taken = Checkpoint.parse(changed, List.of(WRITER.logKey()));
    } catch (IllegalArgumentException e) {
      return;
    }
    assertThat(changed).isEqualTo(text);
    assertThat(taken).isEqualTo(Checkpoint.of(WRITER.event(epoch)));
  }

  private static String ascii(String json) {
    var text = new StringBuilder();
    json.chars()
        .forEach(c -> text.append(c > '~' ? "\\u%04x".formatted(c) : Character.toString(c)));
    return text.toString();
  }
}
