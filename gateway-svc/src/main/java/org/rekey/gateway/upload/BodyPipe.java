package org.rekey.gateway.upload;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Carries a body from an event loop, which never waits here, to a thread that reads. Whoever
/// writes stops when it is full, and is told when there is room again.
public final class BodyPipe extends InputStream {
  private static final int FULL = 256 << 10;

  private final Runnable room;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition something = lock.newCondition();
  private final Deque<byte[]> chunks = new ArrayDeque<>();
  private byte[] current = new byte[0];
  private int at;
  private int held;
  private boolean isEnded;
  private boolean isBroken;

  /// @param room called by the thread that reads, when it has been full and is no more
  public BodyPipe(Runnable room) {
    this.room = room;
  }

  public void write(byte[] chunk) {
    lock.lock();
    try {
      if (!isBroken) {
        chunks.add(chunk);
        held += chunk.length;
        something.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  public boolean isFull() {
    lock.lock();
    try {
      return held >= FULL;
    } finally {
      lock.unlock();
    }
  }

  /// The body has ended.
  public void end() {
    lock.lock();
    try {
      isEnded = true;
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  /// The body will not come, or nobody wants to know of it any more.
  public void breakOff() {
    lock.lock();
    try {
      isBroken = true;
      chunks.clear();
      held = 0;
      something.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at == current.length) {
      byte[] next = take();
      if (next == null) {
        return -1;
      }
      current = next;
      at = 0;
    }
    int n = Math.min(length, current.length - at);
    System.arraycopy(current, at, bytes, offset, n);
    at += n;
    return n;
  }

  /// Null at the end.
  private byte @Nullable [] take() throws IOException {
    byte[] chunk;
    boolean wasFull;
    lock.lock();
    try {
      while (chunks.isEmpty() && !isEnded && !isBroken) {
        something.await();
      }
      if (isBroken) {
        throw new IOException("the body was broken off");
      }
      chunk = chunks.poll();
      if (chunk == null) {
        return null;
      }
      wasFull = held >= FULL;
      held -= chunk.length;
      wasFull &= held < FULL;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      lock.unlock();
    }
    if (wasFull) {
      room.run();
    }
    return chunk;
  }
}
