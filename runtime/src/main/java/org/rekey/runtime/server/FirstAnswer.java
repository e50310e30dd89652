package org.rekey.runtime.server;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the log once that the first caller has its answer, and how long it waited for it: the line
/// that says how quick a start was for somebody else.
public final class FirstAnswer {
  private static final Logger LOG = LoggerFactory.getLogger(FirstAnswer.class);

  private final AtomicBoolean isGiven = new AtomicBoolean();

  public boolean isGiven() {
    return isGiven.get();
  }

  /// Later answers are not told.
  ///
  /// @param call what was asked for: a method or a route, never what a client chose
  /// @param nanos how long the answer took
  public void given(String call, long nanos) {
    if (!isGiven.get() && isGiven.compareAndSet(false, true)) {
      LOG.atInfo()
          .addKeyValue("call", call)
          .addKeyValue("ms", TimeUnit.NANOSECONDS.toMillis(nanos))
          .log("the first call is answered");
    }
  }
}
