package org.rekey.keystore;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.files.FileNamePattern;
import org.rekey.keystore.files.KeyFileWriter;
import org.rekey.keystore.files.Rule;
import org.rekey.keystore.key.KeyType;
import org.rekey.keystore.key.NewPrivateKey;
import org.rekey.keystore.key.UnusableKeyException;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.verifier.map.KnownKey;

/// Makes a private key and puts its file where the directory's watch finds it: a generated key goes
/// the way of every other.
final class KeyGeneration {
  private static final Duration ANNOUNCED_WITHIN = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(10);

  private final KeyHistory history;
  private final RingWatch watch;
  private final SecureRandom random;

  KeyGeneration(KeyHistory history, RingWatch watch, SecureRandom random) {
    this.history = history;
    this.watch = watch;
    this.random = random;
  }

  /// Returns when the key is announced.
  CommandOutcome generate(RingKeeper keeper, @Nullable Long given, KeyType type, Author author)
      throws InterruptedException {
    var ring = keeper.ring();
    var kid = given == null ? nextKid(keeper) : given;
    if (kid > FileNamePattern.MAX_KID) {
      return new CommandOutcome.Incomplete("kid: none left (expected: name one)");
    }
    if (history.map().find(ring.name(), kid).isPresent()) {
      return new CommandOutcome.Taken(
          "kid %d belongs to a key of ring %s".formatted(kid, ring.name()));
    }
    if (keeper.present().contains(kid)) {
      return new CommandOutcome.Taken("kid %d has a file in %s".formatted(kid, ring.directory()));
    }
    var file = fileFor(ring, kid);
    if (file.isEmpty()) {
      return new CommandOutcome.NotNow(
          "%s_SERVER_PRIV_KEY_FILENAME_PATTERN: %s cannot be turned into a file name (put the file there yourself)"
              .formatted(ring.settings(), ring.pattern()));
    }
    keeper.expect(kid, author);
    try {
      KeyFileWriter.write(file.get(), NewPrivateKey.pem(type, ring.passphrase(), random));
    } catch (FileAlreadyExistsException e) {
      keeper.expectNoMore(kid);
      return new CommandOutcome.Taken(file.get() + " is there already");
    } catch (UnusableKeyException e) {
      keeper.expectNoMore(kid);
      return new CommandOutcome.NotNow("a new key cannot be encrypted: " + e.why());
    } catch (IOException e) {
      keeper.expectNoMore(kid);
      return new CommandOutcome.NotNow(
          "%s: cannot be written: %s (make the directory writable, or put the file there yourself)"
              .formatted(file.get(), e.getClass().getSimpleName()));
    }
    return awaitAnnounced(keeper, kid, file.get());
  }

  private CommandOutcome awaitAnnounced(RingKeeper keeper, long kid, Path file)
      throws InterruptedException {
    var ring = keeper.ring();
    var start = System.nanoTime();
    watch.wake();
    while (history.map().find(ring.name(), kid).isEmpty() || keeper.loaded(kid).isEmpty()) {
      if (keeper.hasFinding(kid, Rule.ID_TAKEN)) {
        keeper.expectNoMore(kid);
        return new CommandOutcome.Taken(
            "kid %d of ring %s: another keystore was first to announce another key (remove %s)"
                .formatted(kid, ring.name(), file));
      }
      if (System.nanoTime() - start > ANNOUNCED_WITHIN.toNanos()) {
        return new CommandOutcome.NotNow(
            file + ": written, but not announced yet (see lint and the log)");
      }
      Thread.sleep(LOOK_EVERY);
    }
    return new CommandOutcome.Done(kid);
  }

  private long nextKid(RingKeeper keeper) {
    var inLog = history.map().keys(keeper.ring().name()).stream().mapToLong(KnownKey::kid);
    var inDirectory = keeper.present().stream().mapToLong(Long::longValue);
    return LongStream.concat(inLog, inDirectory).max().orElse(0) + 1;
  }

  private static Optional<Path> fileFor(KeyRing ring, long kid) {
    return kid == 0
        ? Optional.of(ring.defaultKey())
        : ring.pattern().nameFor(kid).map(ring.directory()::resolve);
  }
}
