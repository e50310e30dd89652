package org.rekey.useradm;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;

/// Whether there are users whose password hash is still of another system, looked up once a
/// minute. Never throws: what is not known is taken for yes, which costs time and tells nothing.
final class BcryptUsers implements BooleanSupplier {
  private static final Duration GOOD_FOR = Duration.ofMinutes(1);

  private final UserStore users;
  private final InstantSource clock;
  private volatile Answer answer = new Answer(true, Instant.MIN);

  BcryptUsers(UserStore users, InstantSource clock) {
    this.users = users;
    this.clock = clock;
  }

  @Override
  public boolean getAsBoolean() {
    Answer known = answer;
    Instant now = clock.instant();
    if (now.isBefore(known.until())) {
      return known.any();
    }
    boolean any;
    try {
      any = users.anyBcrypt();
    } catch (RuntimeException e) {
      any = true;
    }
    answer = new Answer(any, now.plus(GOOD_FOR));
    return any;
  }

  private record Answer(boolean any, Instant until) {}
}
