package org.rekey.gateway.proxy;

import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/// What one event loop has under way. No timer for each: all are looked at now and then.
final class Exchanges {
  private @Nullable Exchange first;
  private int size;

  int size() {
    return size;
  }

  void add(Exchange exchange) {
    exchange.movedAt = System.nanoTime();
    exchange.next = first;
    if (first != null) {
      first.previous = exchange;
    }
    first = exchange;
    size++;
  }

  void remove(Exchange exchange) {
    if (exchange.isOver()) {
      return;
    }
    exchange.enter(Exchange.Phase.OVER);
    if (exchange.previous == null) {
      first = exchange.next;
    } else {
      exchange.previous.next = exchange.next;
    }
    if (exchange.next != null) {
      exchange.next.previous = exchange.previous;
    }
    size--;
  }

  /// @param judge gets each exchange and for how many nanoseconds nothing has moved in it; may
  ///     remove it
  void look(ObjLongConsumer<Exchange> judge) {
    long now = System.nanoTime();
    Exchange next;
    for (Exchange exchange = first; exchange != null; exchange = next) {
      next = exchange.next;
      long progress = exchange.progress();
      if (progress != exchange.moved) {
        exchange.moved = progress;
        exchange.movedAt = now;
      }
      judge.accept(exchange, now - exchange.movedAt);
    }
  }
}
