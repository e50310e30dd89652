package org.rekey.gateway.http;

import io.netty.util.concurrent.EventExecutor;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;

/// Whose handshake comes next on one event loop. A handshake costs a hundred times what a request
/// does and all of it at once, so a crowd that connects would hold up everybody who is connected
/// already. Here it gets a share of the loop's time, and all of it only while nothing else is to be
/// done.
///
/// Networks take turns, so that one which comes with thousands of connections does not keep out
/// another that comes with one.
///
/// Owned by its event loop.
final class HandshakeQueue {
  /// What is done in one go even on the busiest loop: new clients get in, if slowly.
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /// What can be done in one go on a loop that had none to do for a while.
  private static final long MOST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /// One part of so many of the time is for handshakes.
  private static final long SHARE = 3;

  /// Not 0: what is due at once runs before the loop looks at its sockets.
  private static final long PAUSE_NANOS = 1_000;

  private final EventExecutor loop;
  private final HandshakeMetrics metrics;
  private final int mostWaiting;
  private final Map<String, SequencedSet<HandshakeTurn>> waiting = new LinkedHashMap<>();
  private int count;
  private boolean isComing;
  private long creditNanos = MOST_NANOS;
  private long counted = System.nanoTime();

  /// @param mostWaiting more are turned away
  HandshakeQueue(EventExecutor loop, int mostWaiting, HandshakeMetrics metrics) {
    this.loop = loop;
    this.mostWaiting = mostWaiting;
    this.metrics = metrics;
  }

  /// A client has begun its handshake: it goes on at once, or waits, or somebody is turned away.
  void enter(HandshakeTurn turn) {
    earn();
    if (count == 0 && creditNanos > 0) {
      spend(turn);
      return;
    }
    SequencedSet<HandshakeTurn> own =
        waiting.computeIfAbsent(turn.network(), _ -> new LinkedHashSet<>());
    if (count >= mostWaiting && !makeRoom(own)) {
      forgetIfEmpty(turn.network(), own);
      metrics.refused();
      turn.refuse();
      return;
    }
    own.add(turn);
    count++;
    metrics.waits();
    turn.pause();
    comeBack();
  }

  /// The client has gone, or has waited too long.
  void leave(HandshakeTurn turn) {
    SequencedSet<HandshakeTurn> own = waiting.get(turn.network());
    if (own != null && own.remove(turn)) {
      left();
      forgetIfEmpty(turn.network(), own);
    }
  }

  /// Whoever has most loses its last; false if that is the one who comes.
  private boolean makeRoom(SequencedSet<HandshakeTurn> own) {
    SequencedSet<HandshakeTurn> longest =
        waiting.values().stream().max(Comparator.comparingInt(SequencedSet::size)).orElse(own);
    if (longest.size() <= own.size() + 1) {
      return false;
    }
    HandshakeTurn last = longest.removeLast();
    left();
    metrics.refused();
    last.refuse();
    return true;
  }

  private void work() {
    isComing = false;
    earn();
    creditNanos = Math.max(creditNanos, SLICE_NANOS);
    while (creditNanos > 0 && count > 0) {
      spend(next());
    }
    if (count > 0) {
      comeBack();
    }
  }

  private HandshakeTurn next() {
    Map.Entry<String, SequencedSet<HandshakeTurn>> first = waiting.entrySet().iterator().next();
    String network = first.getKey();
    SequencedSet<HandshakeTurn> own = first.getValue();
    waiting.remove(network);
    HandshakeTurn turn = own.removeFirst();
    if (!own.isEmpty()) {
      waiting.put(network, own); // behind all others
    }
    left();
    return turn;
  }

  private void comeBack() {
    if (!isComing) {
      isComing = true;
      var _ = loop.schedule(this::work, PAUSE_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  private void left() {
    count--;
    metrics.waitsNoMore();
  }

  private void forgetIfEmpty(String network, SequencedSet<HandshakeTurn> own) {
    if (own.isEmpty()) {
      waiting.remove(network);
    }
  }

  private void earn() {
    long now = System.nanoTime();
    creditNanos = Math.min(MOST_NANOS, creditNanos + (now - counted) / SHARE);
    counted = now;
  }

  private void spend(HandshakeTurn turn) {
    long begun = System.nanoTime();
    turn.go();
    creditNanos -= System.nanoTime() - begun;
  }
}
