package org.rekey.e2e;

import java.util.Optional;
import org.rekey.agent.AgentFailure;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.key.KeyPlace;
import org.rekey.agent.key.MemoryKeys;

/// Keys of a device that cannot write down that its new key was offered, until it is mended.
final class FullDisk implements KeyPlace {
  private final MemoryKeys keys = new MemoryKeys();
  private volatile boolean isFull = true;
  private volatile boolean wasMet;

  void mend() {
    isFull = false;
  }

  boolean wasMet() {
    return wasMet;
  }

  @Override
  public Optional<AgentKey> current() {
    return keys.current();
  }

  @Override
  public Optional<Successor> successor() {
    return keys.successor();
  }

  @Override
  public void putFirst(AgentKey key) {
    keys.putFirst(key);
  }

  @Override
  public void putSuccessor(AgentKey key) {
    keys.putSuccessor(key);
  }

  @Override
  public void markOffered() {
    if (isFull) {
      wasMet = true;
      throw new AgentFailure("the disk is full (expected: room for a name)");
    }
    keys.markOffered();
  }

  @Override
  public void commit() {
    keys.commit();
  }

  @Override
  public void discardSuccessor() {
    keys.discardSuccessor();
  }

  @Override
  public boolean isOurs() {
    return true;
  }
}
