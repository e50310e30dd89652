package org.rekey.keystore.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.log.LogKey;

/// Compares the journal with what others have been given of it. An event that is signed with the
/// log key was in the journal once: if it is not there now, the journal is an older copy of itself
/// (a restored backup, a standby that had not heard all), and what it appends makes a second
/// history. Nobody without the log key can make the keystore believe that.
public final class LogCopies {
  private final KeyHistory history;
  private final LogKey logKey;

  public LogCopies(KeyHistory history, LogKey logKey) {
    this.history = history;
    this.logKey = logKey;
  }

  /// Closes the history if a genuine event is missing in it.
  ///
  /// @param where who has the events, for people
  public void compare(String where, List<SignedKeyEvent> events) {
    List<Numbered> genuine = events.stream().flatMap(event -> genuine(event).stream()).toList();
    Optional<Numbered> newest = genuine.stream().max(Comparator.comparingLong(Numbered::epoch));
    if (newest.isPresent() && newest.get().epoch() > history.head()) {
      // Another keystore may have appended it just now.
      history.refresh();
      if (newest.get().epoch() > history.head()) {
        history.close(rolledBack(where, newest.get().epoch()));
        return;
      }
    }
    genuine.stream()
        .filter(event -> !event.bytes().equals(ours(event.epoch())))
        .min(Comparator.comparingLong(Numbered::epoch))
        .ifPresent(event -> history.close(forked(where, event.epoch())));
  }

  private ByteString ours(long epoch) {
    return history.after(epoch - 1, 1).getFirst().getEvent();
  }

  private Optional<Numbered> genuine(SignedKeyEvent signed) {
    if (!signed.getLogKeyThumbprint().equals(logKey.thumbprint())
        || !logKey.signed(signed.getEvent(), signed.getSignature())) {
      return Optional.empty();
    }
    try {
      long epoch = KeyEvent.parseFrom(signed.getEvent()).getEpoch();
      return epoch > 0 ? Optional.of(new Numbered(epoch, signed.getEvent())) : Optional.empty();
    } catch (InvalidProtocolBufferException e) {
      return Optional.empty();
    }
  }

  private String rolledBack(String where, long epoch) {
    return ("key log: rolled back: the journal ends at epoch %d, and %s has epoch %d, signed with this"
            + " log key (expected: a journal with every event that was ever given out; restore a"
            + " younger backup, or start once with KEYSTORE_LOG_FROM_KAFKA=true to take the missing"
            + " events from the topic; see docs/backup.md)")
        .formatted(history.head(), where, epoch);
  }

  private static String forked(String where, long epoch) {
    return ("key log: forked: epoch %d of the journal is another event than %s has, both signed with"
            + " this log key (expected: one history; restore the journal that the others follow; see"
            + " docs/backup.md)")
        .formatted(epoch, where);
  }

  private record Numbered(long epoch, ByteString bytes) {}
}
