package org.rekey.gateway.access;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.rekey.runtime.config.SettingsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes a line for each request, on a thread of its own. The event loops only put what they have
/// into a bounded queue; what does not fit, because the disk is slower than the clients, is dropped
/// and counted. Nobody waits.
///
/// Its thread looks by itself every few milliseconds, so an event loop never has to wake it: that
/// would cost more than all else.
public final class AccessLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
  private static final int QUEUE = 16_384;
  private static final int BATCH = 1024;
  private static final long LOOK_EVERY_MILLIS = 10;
  private static final long STOP_WITHIN_MILLIS = 3000;

  /// Nothing is written.
  public static final AccessLog OFF = new AccessLog();

  private final BlockingQueue<Exchange> queue;
  private final LineSink sink;
  private final Counter written;
  private final Counter full;
  private final Counter failed;
  private final Thread writer;
  private final boolean isOn;
  private final AccessLine line = new AccessLine();
  private final ByteArrayOutputStream text = new ByteArrayOutputStream();
  private volatile boolean isStopping;
  private boolean isFailing;

  private AccessLog() {
    this(LineSink.NOWHERE, QUEUE, new SimpleMeterRegistry(), false);
  }

  private AccessLog(LineSink sink, int capacity, MeterRegistry meters, boolean isOn) {
    this.sink = sink;
    this.isOn = isOn;
    this.queue = new ArrayBlockingQueue<>(isOn ? capacity : 1);
    this.written =
        Counter.builder("gateway.access.log.lines")
            .description("Lines of the access log that were written")
            .register(meters);
    this.full = dropped("queue_full", meters);
    this.failed = dropped("not_written", meters);
    Gauge.builder("gateway.access.log.queue", queue, BlockingQueue::size)
        .description("Lines of the access log that wait to be written, at most 16384")
        .register(meters);
    this.writer = Thread.ofPlatform().daemon().name("access-log").unstarted(this::write);
  }

  private static Counter dropped(String reason, MeterRegistry meters) {
    return Counter.builder("gateway.access.log.dropped")
        .description("Lines of the access log that are lost")
        .tag("reason", reason)
        .register(meters);
  }

  /// @param where `off`, `stdout` or the path of a file
  /// @throws SettingsException when the file cannot be written to
  public static AccessLog open(String where, MeterRegistry meters) {
    return where.equals("off") ? OFF : open(LineSink.open(where), QUEUE, meters);
  }

  static AccessLog open(LineSink sink, int capacity, MeterRegistry meters) {
    AccessLog log = new AccessLog(sink, capacity, meters, true);
    log.writer.start();
    return log;
  }

  public boolean isOn() {
    return isOn;
  }

  /// Never blocks.
  public void add(Exchange exchange) {
    if (!queue.offer(exchange)) {
      full.increment();
    }
  }

  private void write() {
    List<Exchange> batch = new ArrayList<>(BATCH);
    while (!isStopping || !queue.isEmpty()) {
      batch.clear();
      if (queue.drainTo(batch, BATCH) > 0) {
        write(batch);
      } else {
        pause();
      }
    }
  }

  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    } catch (InterruptedException e) {
      isStopping = true;
    }
  }

  private void write(List<Exchange> batch) {
    text.reset();
    int lines = 0;
    for (Exchange exchange : batch) {
      int before = text.size();
      try {
        line.write(exchange, text);
        lines++;
      } catch (IOException | RuntimeException e) {
        failed.increment();
        LOG.atError().setCause(e).log("a line of the access log could not be made");
        cut(before);
      }
    }
    try {
      sink.write(text);
      written.increment(lines);
      isFailing = false;
    } catch (IOException e) {
      failed.increment(lines);
      if (!isFailing) {
        isFailing = true;
        LOG.atError()
            .addKeyValue("error", e.toString())
            .log("the access log cannot be written to; its lines are lost until it can");
      }
    }
  }

  private void cut(int length) {
    byte[] whole = text.toByteArray();
    text.reset();
    text.write(whole, 0, length);
  }

  /// Writes what is queued.
  @Override
  public void close() {
    isStopping = true;
    try {
      writer.join(STOP_WITHIN_MILLIS);
      sink.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.atWarn().addKeyValue("error", e.toString()).log("the access log did not close cleanly");
    }
  }
}
