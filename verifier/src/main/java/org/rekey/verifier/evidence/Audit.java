package org.rekey.verifier.evidence;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.evidence.AuditReport.Bearing;
import org.rekey.verifier.evidence.AuditReport.Standing;
import org.rekey.verifier.log.LogChain;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.map.KidMap;

/// Checks a key log from its first event on: who signed, that nothing is missing, moved or put in,
/// and that every step is legal. In one pass; of what has passed it keeps one hash and the kid map,
/// so memory grows with the keys that ever were and not with the events. Not safe for use by
/// several threads at once.
///
/// A log whose end is missing looks whole: only a [Checkpoint] from later can show the cut.
public final class Audit {
  private final Map<String, LogKey> trusted;
  private final Deque<Named> ahead;
  private final Consumer<KeyEvent> passed;
  private final List<Finding> findings = new ArrayList<>();
  private final List<Standing> standings = new ArrayList<>();
  private KidMap map = KidMap.empty();
  private ByteString head = LogChain.GENESIS;
  private long lastHeld;
  private long illegal;
  private long place;
  private boolean isBroken;

  /// @param checkpoints that the log must extend
  /// @param passed is told every event that is genuine and in its place
  public Audit(
      Collection<LogKey> trusted, Collection<Named> checkpoints, Consumer<KeyEvent> passed) {
    if (trusted.isEmpty()) {
      throw new IllegalArgumentException("trusted log keys: none (expected: at least one)");
    }
    this.trusted =
        trusted.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    LogKey::thumbprint, Function.identity(), (one, _) -> one));
    this.ahead =
        checkpoints.stream()
            .sorted(Comparator.comparingLong(named -> named.checkpoint().epoch()))
            .collect(Collectors.toCollection(ArrayDeque::new));
    this.passed = passed;
  }

  /// A checkpoint, and what its owner calls it.
  public record Named(String name, Checkpoint checkpoint) {}

  /// Takes the next event.
  ///
  /// @return false when something is so wrong that what follows proves nothing
  public boolean next(SignedKeyEvent signed) {
    return next(signed, Optional.empty());
  }

  /// Takes the next line of an exported log.
  boolean next(EventLine.Read line) {
    return switch (line) {
      case EventLine.Taken(var signed, var disagreement) -> next(signed, disagreement);
      case EventLine.Unreadable(String why) -> {
        place++;
        yield broken(new Problem(Rule.FORMAT, why));
      }
    };
  }

  private boolean next(SignedKeyEvent signed, Optional<Problem> disagreement) {
    if (isBroken) {
      throw new IllegalStateException("audit: has ended (expected: no more records)");
    }
    place++;
    KeyEvent event;
    try {
      event = KeyEvent.parseFrom(signed.getEvent());
    } catch (InvalidProtocolBufferException e) {
      return broken(new Problem(Rule.EVENT, "not a KeyEvent"));
    }
    var problem = unsigned(signed).or(() -> disagreement).or(() -> misplaced(event));
    if (problem.isPresent()) {
      return broken(problem.get());
    }
    var before = head;
    head = LogChain.hash(signed.getEvent());
    fold(event);
    compareWithCheckpoints(event.getEpoch(), before);
    passed.accept(event);
    return true;
  }

  private Optional<Problem> unsigned(SignedKeyEvent signed) {
    var key = trusted.get(signed.getLogKeyThumbprint());
    if (key == null) {
      return Optional.of(
          new Problem(
              Rule.LOG_KEY,
              "\"%s\" (expected: %s)"
                  .formatted(signed.getLogKeyThumbprint(), String.join(" or ", trusted.keySet()))));
    }
    return key.signed(signed.getEvent(), signed.getSignature())
        ? Optional.empty()
        : Optional.of(
            new Problem(Rule.SIGNATURE, "wrong: these are not the bytes that were signed"));
  }

  private Optional<Problem> misplaced(KeyEvent event) {
    var expected = map.epoch() + 1;
    if (event.getEpoch() != expected) {
      return Optional.of(
          new Problem(
              Rule.EPOCH,
              "%s (expected: %d; %s)"
                  .formatted(
                      Long.toUnsignedString(event.getEpoch()),
                      expected,
                      Long.compareUnsigned(event.getEpoch(), expected) < 0
                          ? "this one was there before"
                          : "what comes between is missing")));
    }
    return event.getPreviousHash().equals(head)
        ? Optional.empty()
        : Optional.of(
            new Problem(
                Rule.CHAIN,
                "previous_hash is not the hash of the event before (signed by the log key all the"
                    + " same: parts of two histories)"));
  }

  private boolean broken(Problem problem) {
    isBroken = true;
    findings.add(new Finding(problem.rule(), place, map.epoch() + 1, problem.text()));
    return false;
  }

  private void fold(KeyEvent event) {
    var outcome = map.apply(event);
    map = outcome.map();
    if (outcome instanceof KidMap.Violation violation && ++illegal == 1) {
      findings.add(new Finding(Rule.LEGALITY, place, event.getEpoch(), violation.text()));
    }
  }

  private void compareWithCheckpoints(long epoch, ByteString before) {
    while (!ahead.isEmpty() && ahead.getFirst().checkpoint().epoch() == epoch) {
      var named = ahead.removeFirst();
      if (named.checkpoint().hash().equals(head)) {
        lastHeld = epoch;
        standings.add(new Standing(named.name(), epoch, Bearing.HOLDS));
      } else {
        standings.add(new Standing(named.name(), epoch, Bearing.FORKED));
        findings.add(new Finding(Rule.FORK, place, epoch, fork(named, before)));
      }
    }
  }

  private String fork(Named named, ByteString before) {
    var epoch = named.checkpoint().epoch();
    var parting =
        named.checkpoint().previousHash().equals(before)
            ? "the histories part at epoch " + epoch
            : "the histories part between epochs %d and %d".formatted(lastHeld + 1, epoch - 1);
    return "%s has another event %d, signed by the log key too: %s"
        .formatted(named.name(), epoch, parting);
  }

  /// What was found, when there is no more to come.
  public AuditReport end() {
    var found = new ArrayList<>(findings);
    var stood = new ArrayList<>(standings);
    for (var named : ahead) {
      var epoch = named.checkpoint().epoch();
      stood.add(new Standing(named.name(), epoch, isBroken ? Bearing.NOT_REACHED : Bearing.CUT));
      if (!isBroken) {
        found.add(
            new Finding(
                Rule.CUT,
                0,
                map.epoch() + 1,
                "the log ends after epoch %d; %s was made at epoch %d"
                    .formatted(map.epoch(), named.name(), epoch)));
      }
    }
    return new AuditReport(map.epoch(), head, illegal, found, stood);
  }
}
