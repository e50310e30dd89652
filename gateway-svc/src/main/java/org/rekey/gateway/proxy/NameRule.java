package org.rekey.gateway.proxy;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/// Which header names cross the gateway, decided once for each spelling: programs write the same
/// few names in the same way over and over. For one event loop.
///
/// Strangers may choose names, so only so many short ones are kept; for others the rule is asked
/// each time. Names as the library has them keep their hash, which does not know upper case: few
/// enough that those of one hash are soon compared.
final class NameRule {
  private static final int MAX_SPELLINGS = 256;
  private static final int MAX_LENGTH = 64;

  private final Predicate<String> crosses;
  private final Map<CharSequence, Boolean> decided = new HashMap<>();

  /// @param crosses asked with a name in lower case; its answers never change
  NameRule(Predicate<String> crosses) {
    this.crosses = crosses;
  }

  boolean allows(CharSequence name) {
    Boolean known = decided.get(name);
    return known == null ? decide(name) : known;
  }

  private boolean decide(CharSequence name) {
    boolean answer = crosses.test(name.toString().toLowerCase(Locale.ROOT));
    if (decided.size() < MAX_SPELLINGS && name.length() <= MAX_LENGTH) {
      decided.put(name, answer);
    }
    return answer;
  }
}
