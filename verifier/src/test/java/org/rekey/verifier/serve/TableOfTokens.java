package org.rekey.verifier.serve;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;

/// A registry in memory that can be slow and fail.
final class TableOfTokens implements TokenRegistry {
  final Map<String, LiveToken> rows = new ConcurrentHashMap<>();
  final List<Set<String>> queries = new CopyOnWriteArrayList<>();
  final Semaphore gate = new Semaphore(1_000_000);
  volatile Runnable whileAsked = () -> {};

  @Override
  public Map<String, LiveToken> live(Collection<String> tokenIds) {
    gate.acquireUninterruptibly();
    queries.add(new HashSet<>(tokenIds));
    Map<String, LiveToken> answer = new ConcurrentHashMap<>(rows);
    answer.keySet().retainAll(new HashSet<>(tokenIds));
    whileAsked.run();
    return answer;
  }
}
