package org.rekey.useradm;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Tokens that are live and whose kid nobody has told: taken over from another system and not used
/// since. Filled when the registry is asked about a token, which happens before it can be accepted;
/// so a verdict
/// costs one look into a set that is nearly always empty.
///
/// Bounded: what does not fit any more is met again at a later use.
public final class UnknownKids {
  private static final int MAX = 100_000;

  private final Set<String> tokenIds = ConcurrentHashMap.newKeySet();

  public void add(String tokenId) {
    if (tokenIds.size() < MAX) {
      tokenIds.add(tokenId);
    }
  }

  boolean contains(String tokenId) {
    return tokenIds.contains(tokenId);
  }

  void remove(String tokenId) {
    tokenIds.remove(tokenId);
  }
}
