package org.rekey.agent.key;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keys of a simulated device: what is put here outlives its agent, as files outlive a power cut.
public final class MemoryKeys implements KeyPlace {
  private @Nullable AgentKey current;
  private @Nullable Successor successor;

  @Override
  public synchronized Optional<AgentKey> current() {
    return Optional.ofNullable(current);
  }

  @Override
  public synchronized Optional<Successor> successor() {
    return Optional.ofNullable(successor);
  }

  @Override
  public synchronized void putFirst(AgentKey key) {
    current = key;
  }

  @Override
  public synchronized void putSuccessor(AgentKey key) {
    successor = new Successor(key, false);
  }

  @Override
  public synchronized void markOffered() {
    if (successor != null) {
      successor = new Successor(successor.key(), true);
    }
  }

  @Override
  public synchronized void commit() {
    if (successor != null) {
      current = successor.key();
      successor = null;
    }
  }

  @Override
  public synchronized void discardSuccessor() {
    successor = null;
  }

  @Override
  public boolean isOurs() {
    return true;
  }
}
