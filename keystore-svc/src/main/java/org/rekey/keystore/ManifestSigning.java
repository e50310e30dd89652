package org.rekey.keystore;

import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.artifact.ArtifactKey;
import org.rekey.artifact.Manifest;
import org.rekey.keystore.files.KeyFile;
import org.rekey.keystore.key.KeyUnavailableException;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.KnownKey;

/// Signs manifests of artifacts with the ring `artifact`. A signature leaves here only once the key
/// log says whose it is: what is not in the log was not signed here.
public final class ManifestSigning {
  private final RingKeeper keeper;
  private final KeyHistory history;
  private final Duration readWithin;

  /// @param keeper of the ring `artifact`
  /// @param readWithin how long ago the key log may have been read to its end
  public ManifestSigning(RingKeeper keeper, KeyHistory history, Duration readWithin) {
    this.keeper = keeper;
    this.history = history;
    this.readWithin = readWithin;
  }

  /// @param wanted null: the active key
  /// @param artifact what the caller calls it
  public ManifestOutcome sign(byte[] bytes, @Nullable Long wanted, String artifact, Author author) {
    Manifest manifest;
    try {
      manifest = Manifest.of(bytes);
    } catch (IllegalArgumentException e) {
      return new ManifestOutcome.Malformed(String.valueOf(e.getMessage()));
    }
    if (history.closed().isPresent()) {
      return new ManifestOutcome.NoKey(history.closed().get());
    }
    if (history.staleness().compareTo(readWithin) > 0) {
      return new ManifestOutcome.NoKey(
          "the key log could not be read for %d s: another keystore may have withdrawn the key (is the database there?)"
              .formatted(history.staleness().toSeconds()));
    }
    var ring = keeper.ring().name();
    var known = wanted == null ? history.map().active(ring) : history.map().find(ring, wanted);
    if (known.isEmpty()) {
      return wanted == null
          ? new ManifestOutcome.NoKey(
              "ring %s has no active key (activate one: rekey keys activate %s KID)"
                  .formatted(ring, ring))
          : new ManifestOutcome.NoSuchKey("kid %d: no such key in ring %s".formatted(wanted, ring));
    }
    var refusal = refusal(known.get());
    if (refusal.isPresent()) {
      return new ManifestOutcome.NotThisKey(refusal.get());
    }
    var file = keeper.loaded(known.get().kid());
    if (file.isEmpty()) {
      return new ManifestOutcome.NoKey(
          "kid %d of ring %s has no file that can be used (put it back into %s)"
              .formatted(known.get().kid(), ring, keeper.ring().directory()));
    }
    return signed(manifest, known.get(), file.get(), artifact, author);
  }

  private ManifestOutcome signed(
      Manifest manifest, KnownKey known, KeyFile file, String artifact, Author author) {
    byte[] signature;
    try {
      signature = file.key().sign(manifest.bytes());
    } catch (KeyUnavailableException e) {
      return new ManifestOutcome.NoKey(
          "kid %d of ring %s cannot sign now: %s".formatted(known.kid(), known.ring(), e.why()));
    }
    // It may have been withdrawn while it signed: then the signature goes nowhere.
    var appended =
        history.append(
            map ->
                map.find(known.ring(), known.kid())
                    .filter(key -> refusal(key).isEmpty())
                    .map(
                        key ->
                            new NewEvent(
                                key.ring(),
                                key.kid(),
                                author,
                                new KeyChange.SignedManifest(manifest.sha256(), artifact))));
    return appended
        .<ManifestOutcome>map(
            event ->
                new ManifestOutcome.Signed(
                    Base64.getEncoder().encodeToString(signature), known.kid(), event.epoch()))
        .orElseGet(
            () ->
                new ManifestOutcome.NotThisKey(
                    "kid %d of ring %s was withdrawn just now (sign with the active key)"
                        .formatted(known.kid(), known.ring())));
  }

  /// Why a key may not sign; empty if it may.
  private static Optional<String> refusal(KnownKey key) {
    if (key.state() != KeyState.ACTIVE && key.state() != KeyState.VERIFY_ONLY) {
      return Optional.of(
          "kid %d of ring %s is %s (expected: ACTIVE or VERIFY_ONLY; rekey keys activate %s %d makes a key sign)"
              .formatted(key.kid(), key.ring(), key.state(), key.ring(), key.kid()));
    }
    try {
      ArtifactKey.of(key.publicKey());
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(
          "kid %d of ring %s is %s; rekey keys generate %s --type rsa-3072 makes one"
              .formatted(key.kid(), key.ring(), e.getMessage(), key.ring()));
    }
  }
}
