package org.rekey.useradm;

import java.time.Instant;

/// A place in the list of users, which are in the order of their creation and then of their ids:
/// just behind one user, be they still there or not.
public record UserPosition(Instant createdAt, String id) {
  static UserPosition behind(User user) {
    return new UserPosition(user.createdAt(), user.id());
  }
}
