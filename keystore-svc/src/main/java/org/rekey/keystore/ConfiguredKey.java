package org.rekey.keystore;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the settings have to say in the question which key signs. The log's word counts, so that an
/// operator's `activate` outlives a restart; the settings count when they have changed since they
/// last took effect, and when the ring has no key that signs. They too wait for every verifier.
public final class ConfiguredKey {
  private static final Logger LOG = LoggerFactory.getLogger(ConfiguredKey.class);

  private final RingKeeper keeper;
  private final KeyRing ring;
  private final KeyHistory history;
  private final KeyReadiness ready;
  private final ConfiguredPaths paths;
  private Optional<Path> inEffect;
  private boolean changed;
  private List<String> waitingFor = List.of();

  public ConfiguredKey(
      RingKeeper keeper, KeyHistory history, KeyReadiness ready, ConfiguredPaths paths) {
    this.keeper = keeper;
    this.ring = keeper.ring();
    this.history = history;
    this.ready = ready;
    this.paths = paths;
    this.inEffect = paths.inEffect(ring.name());
    this.changed = inEffect.filter(this::isOfAnotherName).isPresent();
  }

  /// The file's own name tells which key is meant. The directory may be mounted elsewhere, and at
  /// each of several keystores at a place of its own.
  private boolean isOfAnotherName(Path path) {
    return !Objects.equals(path.getFileName(), ring.configuredFile().getFileName());
  }

  /// Activates the configured key if it is its turn and every verifier is ready; otherwise does
  /// nothing, to be asked again.
  synchronized void consider() {
    var map = history.map();
    var active = map.active(ring.name());
    var signsAlready = active.filter(key -> key.kid() == ring.configuredKid()).isPresent();
    if (signsAlready || (active.isPresent() && !changed)) {
      settle();
      return;
    }
    var candidate = candidate(map);
    if (candidate.isEmpty() || keeper.loaded(ring.configuredKid()).isEmpty()) {
      return;
    }
    var readiness = ready.of(candidate.get());
    var missing = readiness.missing();
    if (missing.isEmpty()) {
      // Decided anew, by the next look, if something else came into the log first.
      if (history.append(now -> activation(now, map)).isPresent()) {
        settle();
      }
    } else if (!missing.equals(waitingFor)) {
      waitingFor = missing;
      LOG.atInfo()
          .addKeyValue("ring", ring.name())
          .addKeyValue("keyId", ring.configuredKid())
          .addKeyValue("verifiers", missing)
          .log("The configured key waits for verifiers before it signs");
    }
  }

  /// An operator has chosen a key: a change of the settings that still waits is overtaken.
  synchronized void overtaken() {
    settle();
  }

  /// What an operator should know; empty when all is well.
  public synchronized List<String> notes() {
    var notes = new ArrayList<String>();
    var map = history.map();
    var active = map.active(ring.name());
    if (active.isEmpty()) {
      notes.add("no key signs: activate one, or put the file of one back");
    } else if (keeper.loaded(active.get().kid()).isEmpty()) {
      notes.add(
          "kid %d should sign and its file cannot be used: see lint, or activate another key"
              .formatted(active.get().kid()));
    }
    if (keeper.loaded(ring.configuredKid()).isEmpty()) {
      notes.add(
          "%s names %s, which cannot be used: see lint"
              .formatted(ring.pathSetting(), ring.configuredFile()));
    }
    notes.addAll(keeper.notes());
    active
        .filter(key -> key.kid() != ring.configuredKid())
        .ifPresent(key -> notes.add(disagreement(key)));
    return List.copyOf(notes);
  }

  /// Says in the log where settings and key log disagree.
  void warn() {
    for (String note : notes()) {
      LOG.atWarn()
          .addKeyValue("ring", ring.name())
          .addKeyValue("note", note)
          .log("Settings and key log do not agree");
    }
  }

  private String disagreement(KnownKey active) {
    return changed
        ? "%s now names kid %d, kid %d signs until every verifier has the new one"
            .formatted(ring.pathSetting(), ring.configuredKid(), active.kid())
        : "%s names kid %d, but kid %d was activated later and signs"
            .formatted(ring.pathSetting(), ring.configuredKid(), active.kid());
  }

  private Optional<NewEvent> activation(KidMap map, KidMap decidedOn) {
    return candidate(map)
        .filter(_ -> map.epoch() == decidedOn.epoch())
        .map(
            key ->
                new NewEvent(
                    ring.name(),
                    key.kid(),
                    new Author(
                        Author.CONFIG,
                        ring.configuredFile().toString(),
                        "named by " + ring.pathSetting()),
                    new KeyChange.Activated(
                        map.active(ring.name()).map(KnownKey::kid).orElse(null), List.of())));
  }

  private Optional<KnownKey> candidate(KidMap map) {
    return map.find(ring.name(), ring.configuredKid())
        .filter(key -> key.life() instanceof KeyLife.Idle);
  }

  private void settle() {
    changed = false;
    waitingFor = List.of();
    if (inEffect.filter(ring.configuredFile()::equals).isEmpty()) {
      paths.remember(ring.name(), ring.configuredFile());
      inEffect = Optional.of(ring.configuredFile());
    }
  }
}
