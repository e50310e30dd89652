package org.rekey.gateway;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.rekey.gateway.http.Entrance;
import org.rekey.gateway.http.Listener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The first thing that a gateway does when it is told to stop: it takes no new connections, and
/// waits until those who are connected have heard that they must come again. A connection that is
/// closed while its client writes would be a request that failed. A web socket has no word for it,
/// nor has a client that asks for nothing: these are waited for to the end.
record Leave(Entrance entrance, List<Listener> ports, Duration within) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leave.class);
  private static final Duration LOOK = Duration.ofMillis(20);

  @Override
  public void close() {
    entrance.shut();
    ports.forEach(Listener::leave);
    long end = System.nanoTime() + within.toNanos();
    while (connected() > 0 && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(LOOK.toNanos());
    }
    LOG.atInfo().addKeyValue("stillConnected", connected()).log("takes no more requests");
  }

  private int connected() {
    return ports.stream().mapToInt(port -> port.connections().count()).sum();
  }
}
