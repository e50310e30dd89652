package org.rekey.cli.mender;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rekey.cli.mender.Tally.Kind;
import org.rekey.cli.mender.Tally.Outcome;
import org.rekey.proto.useradm.v1.TakeOverRecord;
import org.rekey.proto.useradm.v1.TakeOverResult;

class DumpImportTest {
  @TempDir Path directory;
  private final Watcher watcher = new Watcher();

  /// Keeps what it is given, as useradm-svc would, and fails when it is told to.
  private static final class Store implements Destination {
    private final Set<String> users = new HashSet<>();
    private final Set<String> tokens = new HashSet<>();
    private int calls;
    private int failingCall = Integer.MAX_VALUE;

    @Override
    public List<TakeOverResult> take(List<TakeOverRecord> records) {
      if (++calls >= failingCall) {
        throw new IllegalStateException("away");
      }
      return records.stream().map(this::take).toList();
    }

    private TakeOverResult take(TakeOverRecord record) {
      if (record.hasUser()) {
        return result(users.add(record.getUser().getId()));
      }
      return users.contains(record.getToken().getUserId())
          ? result(tokens.add(record.getToken().getId()))
          : TakeOverResult.newBuilder()
              .setOutcome(TakeOverResult.Outcome.OUTCOME_REFUSED)
              .setProblem("user_id: no such user")
              .build();
    }

    private static TakeOverResult result(boolean isNew) {
      return TakeOverResult.newBuilder()
          .setOutcome(
              isNew
                  ? TakeOverResult.Outcome.OUTCOME_TAKEN
                  : TakeOverResult.Outcome.OUTCOME_ALREADY_HERE)
          .build();
    }
  }

  private static final class Watcher implements ImportWatcher {
    private final List<String> told = new ArrayList<>();

    @Override
    public void progress(long done, long total, long lines) {
      assertThat(done).isLessThanOrEqualTo(total);
    }

    @Override
    public void refused(long line, String problem) {
      told.add(line + ": " + problem);
    }

    @Override
    public void notice(String text) {
      told.add(text);
    }
  }

  private DumpFile dump(Stream<String> lines) throws IOException {
    Path file = directory.resolve("useradm.jsonl");
    Files.writeString(file, String.join("\n", lines.toList()) + "\n");
    return DumpFile.of(file);
  }

  private DumpImport importOf(DumpFile dump, Destination destination) {
    return new DumpImport(dump, new DumpParser(""), destination, watcher, "here", !dump.isCopy());
  }

  private static Stream<String> mixed(int users, int tokensEach) {
    return IntStream.range(0, users)
        .boxed()
        .flatMap(
            u ->
                Stream.concat(
                    IntStream.range(0, tokensEach)
                        .mapToObj(t -> Dumps.session("t" + u + "." + t, "u" + u)),
                    Stream.of(Dumps.user("u" + u))));
  }

  @Test
  void takesTokensThatStandBeforeTheirUsers() throws IOException {
    Store store = new Store();
    Tally tally = importOf(dump(mixed(3, 2)), store).run();
    assertThat(store.users).hasSize(3);
    assertThat(store.tokens).hasSize(6);
    assertThat(tally.of(Kind.USERS, Outcome.TAKEN)).isEqualTo(3);
    assertThat(tally.of(Kind.TOKENS, Outcome.TAKEN)).isEqualTo(6);
    assertThat(tally.refused()).isZero();
    assertThat(watcher.told).isEmpty();
  }

  @Test
  void tellsBadLinesByNumberOnceAndGoesOn() throws IOException {
    Store store = new Store();
    Tally tally =
        importOf(
                dump(
                    Stream.of(
                        Dumps.session("orphan", "nobody"),
                        "nonsense",
                        "x".repeat(DumpReader.MAX_LINE_BYTES + 1),
                        "",
                        Dumps.user("u"),
                        Dumps.session("t", "u"))),
                store)
            .run();
    assertThat(watcher.told)
        .containsExactly(
            "2: not JSON (about column 1)",
            "3: longer than a line may be (expected: at most 1048576 bytes)",
            "1: user_id: no such user");
    assertThat(tally.refused()).isEqualTo(3);
    assertThat(tally.of(Kind.OTHERS, Outcome.REFUSED)).isEqualTo(2);
    assertThat(tally.of(Kind.TOKENS, Outcome.TAKEN)).isEqualTo(1);
  }

  @Test
  void goesOnWhereItWasInterruptedWhereverThatIs() throws IOException {
    DumpFile dump = dump(mixed(1_500, 2));
    for (int failing = 1; failing <= 9; failing++) {
      Store store = new Store();
      store.failingCall = failing;
      DumpImport interrupted = importOf(dump, store);
      assertThatThrownBy(interrupted::run).hasMessage("away");
      store.failingCall = Integer.MAX_VALUE;
      DumpImport again = importOf(dump, store);
      assertThat(again.resume().isPresent()).as("after call %d", failing).isEqualTo(failing > 1);
      Tally tally = again.run();
      assertThat(store.users).hasSize(1_500);
      assertThat(store.tokens).hasSize(3_000);
      assertThat(tally.of(Kind.USERS, Outcome.TAKEN)).isEqualTo(1_500);
      assertThat(tally.of(Kind.TOKENS, Outcome.TAKEN)).isEqualTo(3_000);
      assertThat(store.calls).as("nothing was sent twice").isLessThanOrEqualTo(3 + 6 + 1);
      assertThat(Checkpoint.fileOf(dump)).doesNotExist();
    }
  }

  @Test
  void ignoresACheckpointOfAnotherDumpOrAnotherInstance() throws IOException {
    DumpFile dump = dump(mixed(10, 1));
    Checkpoint.start("here").at(10, 1, 0).write(dump);
    assertThat(Checkpoint.read(dump, "here")).isPresent();
    assertThat(Checkpoint.read(dump, "elsewhere")).isEmpty();
    Files.writeString(dump.path(), mixed(11, 1).toList().toString());
    assertThat(Checkpoint.read(dump, "here")).isEmpty();
    Files.writeString(Checkpoint.fileOf(dump), "{");
    assertThat(Checkpoint.read(dump, "here")).isEmpty();
  }

  @Test
  void readsWhatCanBeReadOnlyOnceAndLeavesNoCopyOfIt() {
    String text = String.join("\n", mixed(3, 1).toList());
    Store store = new Store();
    DumpFile copy = DumpFile.copyOf(new ByteArrayInputStream(text.getBytes(UTF_8)));
    try (copy) {
      importOf(copy, store).run();
      assertThat(Checkpoint.fileOf(copy)).doesNotExist();
    }
    assertThat(store.tokens).hasSize(3);
    assertThat(copy.path()).doesNotExist();
  }

  @Test
  void rehearsesWithoutAskingAnybody() throws IOException {
    DumpFile dump = dump(Stream.concat(mixed(2, 1), Stream.of("x")));
    Tally tally = importOf(dump, new DryRun(() -> Instant.parse("2031-01-01T00:00:00Z"))).run();
    assertThat(tally.of(Kind.USERS, Outcome.TAKEN)).isEqualTo(2);
    assertThat(tally.of(Kind.TOKENS, Outcome.EXPIRED)).isEqualTo(2);
    assertThat(tally.refused()).isEqualTo(1);
  }

  @Test
  void tellsWhatKeepsTokensFromBeingGood() {
    RingCheck ring = new RingCheck("mender.useradm", Set.of(0L, 7L), "/keys");
    assertThat(ring.notes(Set.of("mender.useradm", ""), Set.of(0L, 7L))).isEmpty();
    assertThat(ring.notes(Set.of("mender.example.com"), Set.of(0L, 5539L)))
        .containsExactly(
            "kid 5539: tokens were taken over, but no key verifies them (expected: Mender's files in"
                + " /keys)",
            "tokens of the issuer mender.example.com are not good here (expected: mender.useradm; see"
                + " USERADM_JWT_ISSUER)");
  }
}
