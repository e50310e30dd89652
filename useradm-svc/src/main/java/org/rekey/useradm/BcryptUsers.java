package org.rekey.useradm;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.IntSupplier;

/// The dearest password hash of another system that a user still has, looked up once a minute.
/// Never throws: what is not known is taken for [#USUAL], which costs time and tells nothing.
final class BcryptUsers implements IntSupplier {
  private static final int USUAL = 10;
  private static final Duration GOOD_FOR = Duration.ofMinutes(1);

  private final UserStore users;
  private final InstantSource clock;
  private volatile Answer answer = new Answer(USUAL, Instant.MIN);

  BcryptUsers(UserStore users, InstantSource clock) {
    this.users = users;
    this.clock = clock;
  }

  @Override
  public int getAsInt() {
    Answer known = answer;
    Instant now = clock.instant();
    if (now.isBefore(known.until())) {
      return known.cost();
    }
    int cost;
    try {
      cost = users.dearestBcrypt();
    } catch (RuntimeException e) {
      cost = USUAL;
    }
    answer = new Answer(cost, now.plus(GOOD_FOR));
    return cost;
  }

  private record Answer(int cost, Instant until) {}
}
