package org.rekey.keystore;

import java.util.Optional;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.verifier.map.KnownKey;

/// Keeps automatisms away from a key, until it is released.
final class KeyHolds {
  private final KeyHistory history;

  KeyHolds(KeyHistory history) {
    this.history = history;
  }

  CommandOutcome hold(KeyCommand.Hold command, Author author) {
    return set(command.ring(), command.kid(), true, author);
  }

  CommandOutcome release(KeyCommand.Release command, Author author) {
    return set(command.ring(), command.kid(), false, author);
  }

  private CommandOutcome set(String ring, long kid, boolean held, Author author) {
    history.refresh();
    history.append(
        map ->
            map.find(ring, kid)
                .filter(KnownKey::verifies)
                .filter(key -> key.held() != held)
                .flatMap(
                    _ ->
                        Optional.of(
                            new NewEvent(
                                ring,
                                kid,
                                author,
                                held ? new KeyChange.Held() : new KeyChange.Released()))));
    return history
        .map()
        .find(ring, kid)
        .<CommandOutcome>map(
            key ->
                key.held() == held
                    ? new CommandOutcome.Done(kid)
                    : new CommandOutcome.NotNow(
                        "kid %d of ring %s is %s and cannot be held"
                            .formatted(kid, ring, key.state())))
        .orElseGet(() -> CommandOutcome.NoSuchKey.of(ring, kid));
  }
}
