package org.rekey.cli.mender;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.rekey.cli.mender.Tally.Kind;
import org.rekey.cli.mender.Tally.Outcome;
import org.rekey.proto.useradm.v1.TakeOverRecord;
import org.rekey.proto.useradm.v1.TakeOverResult;

/// Takes a dump over: its users first, then its tokens, whose users must be there. So the dump is
/// read twice, and nothing of it is held in memory but one batch.
///
/// A line that cannot be read is refused in the first pass only.
final class DumpImport {
  private static final int PROGRESS_LINES = 1_000;

  /// However few of them are to be sent, after so many lines a checkpoint is due.
  private static final int CHECKPOINT_LINES = 10_000;

  /// More different ones than that cannot be helped by a note.
  private static final int NOTED = 100;

  private final DumpFile dump;
  private final DumpParser parser;
  private final Destination destination;
  private final ImportWatcher watcher;
  private final boolean isResumable;
  private final Set<String> issuers = new TreeSet<>();
  private final Set<Long> kids = new TreeSet<>();
  private final Batch batch = new Batch();
  private Checkpoint position;
  private boolean isUnwritable;

  DumpImport(
      DumpFile dump,
      DumpParser parser,
      Destination destination,
      ImportWatcher watcher,
      String target,
      boolean isResumable) {
    this.dump = dump;
    this.parser = parser;
    this.destination = destination;
    this.watcher = watcher;
    this.isResumable = isResumable;
    this.position = Checkpoint.start(target);
  }

  /// Goes on where an earlier import was interrupted, if there is a checkpoint of one.
  Optional<Checkpoint> resume() {
    Optional<Checkpoint> found =
        isResumable ? Checkpoint.read(dump, position.target()) : Optional.empty();
    found.ifPresent(checkpoint -> position = checkpoint);
    return found;
  }

  Tally run() {
    if (!position.isAtTokens()) {
      pass(Kind.USERS);
      position = position.atTokens();
      save();
    }
    if (position.tokens() > 0) {
      pass(Kind.TOKENS);
    }
    if (isResumable) {
      Checkpoint.delete(dump);
    }
    return position.tally();
  }

  /// `iss` of the tokens that this run has read.
  Set<String> issuers() {
    return new TreeSet<>(issuers);
  }

  /// The kids of the tokens that are there after this run.
  Set<Long> kids() {
    return new TreeSet<>(kids);
  }

  private void pass(Kind kind) {
    long size = dump.size();
    long before = kind == Kind.USERS ? 0 : size;
    long tokens = position.tokens();
    try (DumpReader reader = DumpReader.open(dump.path(), position.offset(), position.line())) {
      for (DumpLine line = reader.next(); line != null; line = reader.next()) {
        tokens += handle(kind, line) ? 1 : 0;
        if (batch.isFull() || line.number() - position.line() >= CHECKPOINT_LINES) {
          send(kind);
          position = position.at(line.end(), line.number(), tokens);
          save();
        }
        if (line.number() % PROGRESS_LINES == 0) {
          long total = tokens > 0 ? 2 * size : size;
          watcher.progress(before + line.end(), total, line.number());
        }
      }
    }
    send(kind);
    position = position.at(size, position.line(), tokens);
  }

  /// Answers whether the line is a token that waits for the second pass.
  private boolean handle(Kind kind, DumpLine line) {
    DumpRecord record =
        line.isTooLong()
            ? new DumpRecord.Refused(
                "longer than a line may be (expected: at most %d bytes)"
                    .formatted(DumpReader.MAX_LINE_BYTES))
            : parser.parse(line.bytes());
    boolean isFirstPass = kind == Kind.USERS;
    switch (record) {
      case DumpRecord.Blank() -> {}
      case DumpRecord.Refused(String problem) -> {
        if (isFirstPass) {
          refuse(Kind.OTHERS, line.number(), problem);
        }
      }
      case DumpRecord.User(var user) -> {
        if (isFirstPass) {
          batch.add(TakeOverRecord.newBuilder().setUser(user).build(), line.number());
        }
      }
      case DumpRecord.Token(var token, String issuer) -> {
        if (isFirstPass) {
          return true;
        }
        note(issuers, issuer);
        batch.add(TakeOverRecord.newBuilder().setToken(token).build(), line.number());
      }
    }
    return false;
  }

  private void send(Kind kind) {
    if (batch.isEmpty()) {
      return;
    }
    List<TakeOverResult> results = destination.take(batch.records());
    for (int i = 0; i < results.size(); i++) {
      Outcome outcome = outcome(results.get(i));
      if (outcome == Outcome.REFUSED) {
        refuse(kind, batch.line(i), results.get(i).getProblem());
      } else {
        position.tally().add(kind, outcome);
      }
      if (kind == Kind.TOKENS && (outcome == Outcome.TAKEN || outcome == Outcome.ALREADY_THERE)) {
        note(kids, batch.records().get(i).getToken().getKid());
      }
    }
    batch.clear();
  }

  private static Outcome outcome(TakeOverResult result) {
    return switch (result.getOutcome()) {
      case OUTCOME_TAKEN -> Outcome.TAKEN;
      case OUTCOME_ALREADY_HERE -> Outcome.ALREADY_THERE;
      case OUTCOME_EXPIRED -> Outcome.EXPIRED;
      case OUTCOME_REFUSED, OUTCOME_UNSPECIFIED, UNRECOGNIZED -> Outcome.REFUSED;
    };
  }

  private void refuse(Kind kind, long line, String problem) {
    position.tally().add(kind, Outcome.REFUSED);
    watcher.refused(line, problem);
  }

  private static <T> void note(Set<T> noted, T value) {
    if (noted.size() < NOTED) {
      noted.add(value);
    }
  }

  /// Where none can be written, the import goes on without.
  private void save() {
    if (!isResumable || isUnwritable) {
      return;
    }
    try {
      position.write(dump);
    } catch (UncheckedIOException e) {
      isUnwritable = true;
      watcher.notice(e.getMessage() + ": if it is interrupted, this import starts again");
    }
  }
}
