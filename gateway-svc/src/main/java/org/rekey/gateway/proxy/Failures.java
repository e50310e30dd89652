package org.rekey.gateway.proxy;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the log of upstreams that fail: one line in a second, however many requests it costs.
final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);
  private static final long A_SECOND = 1_000_000_000L;

  private long toldAt = System.nanoTime() - A_SECOND;
  private long untold;

  void tell(Exchange exchange, Failure failure, @Nullable Throwable thrown) {
    if (failure.status() < 500) {
      return;
    }
    long now = System.nanoTime();
    if (now - toldAt < A_SECOND) {
      untold++;
      return;
    }
    LOG.atWarn()
        .addKeyValue("requestId", exchange.scope.requestId())
        .addKeyValue("upstream", exchange.upstream == null ? "" : exchange.upstream.authority())
        .addKeyValue("error", thrown == null ? "" : thrown.getClass().getSimpleName())
        .addKeyValue("why", failure.text())
        .addKeyValue("others", untold)
        .log("a request could not be carried out");
    toldAt = now;
    untold = 0;
  }
}
