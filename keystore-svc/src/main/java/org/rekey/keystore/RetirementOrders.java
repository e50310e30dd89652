package org.rekey.keystore;

import java.util.List;
import org.rekey.keystore.log.Author;

/// Keys that are to be retired as soon as it is safe; outlives restarts.
public interface RetirementOrders {
  List<Order> all();

  /// The newest word counts.
  void add(Order order);

  /// False if there was none.
  boolean remove(String ring, long kid);

  /// @param author whose name the event will have
  record Order(String ring, long kid, Author author) {}
}
