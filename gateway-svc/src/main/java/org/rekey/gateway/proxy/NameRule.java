package org.rekey.gateway.proxy;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/// Which header names cross the gateway, decided once for each spelling: programs write the same
/// few names in the same way over and over. For one event loop.
///
/// Strangers may choose names, so only so many short ones are kept; for others the rule is asked
/// each time.
final class NameRule {
  private static final int MAX_SPELLINGS = 1024;
  private static final int MAX_LENGTH = 64;

  private final Predicate<String> crosses;
  private final Map<String, Boolean> decided = new HashMap<>();

  /// @param crosses asked with a name in lower case; its answers never change
  NameRule(Predicate<String> crosses) {
    this.crosses = crosses;
  }

  boolean allows(String name) {
    Boolean known = decided.get(name);
    return known == null ? decide(name) : known;
  }

  private boolean decide(String name) {
    boolean answer = crosses.test(name.toLowerCase(Locale.ROOT));
    if (decided.size() < MAX_SPELLINGS && name.length() <= MAX_LENGTH) {
      decided.put(name, answer);
    }
    return answer;
  }
}
