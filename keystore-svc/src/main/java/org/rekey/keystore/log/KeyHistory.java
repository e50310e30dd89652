package org.rekey.keystore.log;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.runtime.config.SettingsException;
import org.rekey.verifier.log.ChainCursor;
import org.rekey.verifier.map.KidMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole key log in memory, proven, and the only way to lengthen it. A log grows by a few
/// events per rotation, so memory is no matter, and reading it goes on while the database is away.
///
/// The database is asked under a lock of its own, so that readers never wait for it.
///
/// Every append is compare-and-append: the decision is made upon the newest map, and made again if
/// another keystore appended first.
public final class KeyHistory {
  private static final Logger LOG = LoggerFactory.getLogger(KeyHistory.class);

  private final Journal journal;
  private final LogSigner signer;
  private final InstantSource clock;
  private final ReentrantLock appending = new ReentrantLock();
  private final ChainCursor cursor;
  private final List<SignedKeyEvent> events = new ArrayList<>();
  private final List<byte[]> keySetHashes = new ArrayList<>();
  private final Map<RingKid, Long> announced = new HashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private volatile KidMap map = KidMap.empty();
  private volatile long readAt = System.nanoTime();
  private long failedAt;
  private @Nullable RuntimeException failure;
  private volatile @Nullable String closedBecause;

  private KeyHistory(Journal journal, LogSigner signer, InstantSource clock) {
    this.journal = journal;
    this.signer = signer;
    this.clock = clock;
    this.cursor = ChainCursor.atGenesis(List.of(signer.publicKey()));
    this.keySetHashes.add(map.keySetHash());
  }

  /// Reads and proves the whole log.
  ///
  /// @throws SettingsException when the chain is broken, naming the epoch
  public static KeyHistory open(Journal journal, LogSigner signer, InstantSource clock) {
    var history = new KeyHistory(journal, signer, clock);
    history.refresh();
    return history;
  }

  /// The state of every key, now.
  public KidMap map() {
    return map;
  }

  public long head() {
    return map.epoch();
  }

  /// Events after an epoch, in order, at most so many.
  public synchronized List<SignedKeyEvent> after(long epoch, int max) {
    var from = (int) Math.min(epoch, events.size());
    return List.copyOf(events.subList(from, Math.min(from + max, events.size())));
  }

  /// The epoch at which a key was last announced; 0 if it never was.
  public synchronized long announcedAt(String ring, long kid) {
    return announced.getOrDefault(new RingKid(ring, kid), 0L);
  }

  /// The event by which a key was last announced; empty if it never was.
  public synchronized Optional<Logged> announcement(String ring, long kid) {
    var epoch = announcedAt(ring, kid);
    return epoch == 0
        ? Optional.empty()
        : Optional.of(EventCodec.logged(events.get((int) epoch - 1)));
  }

  /// What happened after an epoch, in order.
  public synchronized List<Logged> loggedAfter(long epoch) {
    return events.subList((int) Math.min(epoch, events.size()), events.size()).stream()
        .map(EventCodec::logged)
        .toList();
  }

  /// Whether a verifier's key set is the one of that epoch.
  public synchronized boolean isKeySetOf(long epoch, byte[] keySetHash) {
    return epoch < keySetHashes.size() && Arrays.equals(keySetHashes.get((int) epoch), keySetHash);
  }

  /// Called after every event, on the thread that appended or read it; must not block.
  public void onEvent(Runnable listener) {
    listeners.add(listener);
  }

  /// How long ago the journal was last read to its end. Meanwhile another keystore may have
  /// appended what is not known here.
  public Duration staleness() {
    return Duration.ofNanos(System.nanoTime() - readAt);
  }

  /// Takes in what other keystores have appended. Whoever waited while somebody else asked the
  /// database shares the answer, if the question began after this call: with the database away, a
  /// thousand callers wait for one time-out and not for a thousand.
  public void refresh() {
    var wanted = System.nanoTime();
    appending.lock();
    try {
      if (readAt - wanted > 0) {
        return;
      }
      if (failure != null && failedAt - wanted > 0) {
        throw failure;
      }
      read();
    } finally {
      appending.unlock();
    }
  }

  private void read() {
    var asked = System.nanoTime();
    try {
      for (var event : journal.after(cursor.epoch())) {
        accept(event);
      }
      readAt = asked;
      failure = null;
    } catch (RuntimeException e) {
      failedAt = asked;
      failure = e;
      throw e;
    }
  }

  /// Why nothing is appended any more, and nothing signed; empty as long as all is well.
  public Optional<String> closed() {
    return Optional.ofNullable(closedBecause);
  }

  /// From now on nothing is appended. The first reason stays, until the service is started again.
  void close(String because) {
    appending.lock();
    try {
      if (closedBecause != null) {
        return;
      }
      closedBecause = because;
    } finally {
      appending.unlock();
    }
    LOG.atError().log(because);
    listeners.forEach(Runnable::run);
  }

  /// Appends an event that this log has had before, if it is the next one; otherwise nothing.
  public void takeNext(SignedKeyEvent signed) {
    appending.lock();
    try {
      if (cursor.isNext(signed) && journal.append(cursor.epoch() + 1, signed)) {
        accept(signed);
      }
    } finally {
      appending.unlock();
    }
  }

  /// Appends what the decision says about the newest map; empty if it says nothing.
  ///
  /// @throws RolledBackException when the history is closed
  public Optional<Appended> append(Function<KidMap, Optional<NewEvent>> decision) {
    appending.lock();
    try {
      return appendLocked(decision);
    } finally {
      appending.unlock();
    }
  }

  private Optional<Appended> appendLocked(Function<KidMap, Optional<NewEvent>> decision) {
    while (true) {
      if (closedBecause != null) {
        throw new RolledBackException(closedBecause);
      }
      var before = map;
      var decided = decision.apply(before);
      if (decided.isEmpty()) {
        return Optional.empty();
      }
      var event = decided.get();
      var epoch = cursor.epoch() + 1;
      var message = EventCodec.encode(event, epoch, cursor.head(), clock.instant());
      if (before.apply(message) instanceof KidMap.Violation violation) {
        throw new IllegalStateException(
            "event: " + violation.text() + " (expected: one that verifiers accept)");
      }
      var signed = signer.sign(message);
      if (journal.append(epoch, signed)) {
        accept(signed);
        LOG.atInfo()
            .addKeyValue("epoch", epoch)
            .addKeyValue("type", event.change().type())
            .addKeyValue("ring", event.ring())
            .addKeyValue("keyId", event.kid())
            .addKeyValue("actor", event.author().actor())
            .addKeyValue("origin", event.author().origin())
            .addKeyValue("reason", event.author().reason())
            .log("Key event appended");
        return Optional.of(new Appended(event, epoch, before, map));
      }
      read();
    }
  }

  private void accept(SignedKeyEvent signed) {
    switch (cursor.accept(signed)) {
      case ChainCursor.Next(KeyEvent event, ByteString _) -> fold(event, signed);
      case ChainCursor.Duplicate _ -> {}
      case ChainCursor.Forged(String reason) -> throw broken(signed, reason);
      case ChainCursor.Fork(long _, String reason) -> throw broken(signed, reason);
      case ChainCursor.Gap(long expected, long got) ->
          throw broken(signed, "events %d to %d are missing".formatted(expected, got - 1));
    }
  }

  private void fold(KeyEvent event, SignedKeyEvent signed) {
    var outcome = map.apply(event);
    if (outcome instanceof KidMap.Violation violation) {
      throw broken(signed, violation.text());
    }
    synchronized (this) {
      events.add(signed);
      keySetHashes.add(outcome.map().keySetHash());
      if (event.hasKeyAdded()) {
        announced.put(new RingKid(event.getRing(), event.getKid()), event.getEpoch());
      }
      map = outcome.map();
    }
    listeners.forEach(Runnable::run);
  }

  private SettingsException broken(SignedKeyEvent signed, String reason) {
    return new SettingsException(
        ("key log: broken at epoch %d: %s; log key %s, this one is %s (expected: the table"
                + " keystore.key_event as this service wrote it, and KEYSTORE_LOG_KEY the key that"
                + " signed it)")
            .formatted(
                events.size() + 1,
                reason,
                signed.getLogKeyThumbprint(),
                signer.publicKey().thumbprint()));
  }

  private record RingKid(String ring, long kid) {}
}
