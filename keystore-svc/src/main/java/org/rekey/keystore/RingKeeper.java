package org.rekey.keystore;

import static java.util.stream.Collectors.toUnmodifiableSet;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.rekey.keystore.files.Finding;
import org.rekey.keystore.files.KeyDirectory;
import org.rekey.keystore.files.KeyFile;
import org.rekey.keystore.files.Resolution;
import org.rekey.keystore.files.Rule;
import org.rekey.keystore.log.Appended;
import org.rekey.keystore.log.Author;
import org.rekey.keystore.log.Impact;
import org.rekey.keystore.log.KeyChange;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.NewEvent;
import org.rekey.keystore.pkcs11.Tokens;
import org.rekey.keystore.plan.CountedUsage;
import org.rekey.verifier.map.KeyLife;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one ring's keys and the key log in step with its directory: looks, judges, appends. A key
/// in use is kept while any file of its kid is there, be it refused now; it goes when the file
/// does.
public final class RingKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(RingKeeper.class);

  private final KeyRing ring;
  private final KeyDirectory directory;
  private final KeyHistory history;
  private final UsageCounts counts;
  private final Alarms alarms;
  private final BooleanSupplier isAlone;
  private final Map<Long, Author> authors = new ConcurrentHashMap<>();

  private volatile Map<Long, KeyFile> loaded = Map.of();
  private volatile Set<Long> present = Set.of();
  private final Set<Long> arrived = new HashSet<>();
  private final Set<Long> gone = new HashSet<>();
  private boolean hasLooked;
  private volatile List<Finding> findings = List.of();
  private @Nullable String identity;
  private boolean lost;

  /// @param isAlone whether no other keystore shares the journal now
  public RingKeeper(
      KeyRing ring,
      Tokens tokens,
      KeyHistory history,
      UsageCounts counts,
      Alarms alarms,
      BooleanSupplier isAlone) {
    this.isAlone = isAlone;
    this.ring = ring;
    this.directory = ring.openDirectory(tokens);
    this.history = history;
    this.counts = counts;
    this.alarms = alarms;
  }

  public KeyRing ring() {
    return ring;
  }

  /// The file that is in use for a kid; empty when its key cannot sign here.
  public Optional<KeyFile> loaded(long kid) {
    return Optional.ofNullable(loaded.get(kid)).filter(this::isWhatTheLogSays);
  }

  /// Another keystore may have been first to give the kid to a key of its own.
  private boolean isWhatTheLogSays(KeyFile file) {
    return history
        .map()
        .find(ring.name(), file.kid())
        .filter(known -> !known.thumbprint().equals(file.key().thumbprint()))
        .isEmpty();
  }

  /// The kids that have a file, usable or not.
  public Set<Long> present() {
    return present;
  }

  public List<Finding> findings() {
    return findings;
  }

  boolean hasFinding(long kid, Rule rule) {
    return findings.stream()
        .anyMatch(finding -> finding.rule() == rule && Objects.equals(finding.kid(), kid));
  }

  /// The key that signs now: active by the log and loaded here.
  public Optional<KeyFile> signing() {
    return history.map().active(ring.name()).flatMap(key -> loaded(key.kid()));
  }

  Set<java.nio.file.Path> watched() {
    return directory.watched();
  }

  /// Says on whose behalf a file is about to appear, so that the log names them and not the
  /// directory.
  void expect(long kid, Author author) {
    authors.put(kid, author);
  }

  /// The file did not come after all.
  void expectNoMore(long kid) {
    authors.remove(kid);
  }

  /// Looks at the directory and does nothing yet.
  synchronized KeyDirectory.Look look(Instant now) {
    return directory.look(now);
  }

  /// Looks and appends what follows from it. Returns when to look again; null when nothing is open.
  synchronized @Nullable Instant tick(Instant now) {
    return switch (directory.look(now)) {
      case KeyDirectory.Lost(String why) -> {
        lose(why);
        yield null;
      }
      case KeyDirectory.Seen seen when isAnotherDirectory(seen) -> {
        lose(
            "it is another directory now, without any of the ring's keys (a volume that is not mounted?)");
        yield null;
      }
      case KeyDirectory.Seen seen -> {
        apply(seen);
        yield seen.lookAgain();
      }
    };
  }

  /// Takes a look over: loads, appends, and drops what has gone.
  synchronized void apply(KeyDirectory.Seen seen) {
    if (lost) {
      lost = false;
      LOG.atInfo().addKeyValue("ring", ring.name()).log("A key directory can be read again");
    }
    identity = seen.identity();
    notice(seen.present());
    var resolution = Resolution.of(ring.name(), seen.keys(), history.map(), loaded);
    var kept = new HashMap<>(loaded);
    kept.keySet().retainAll(inUse(history.map()));
    kept.putAll(resolution.keys());
    kept.forEach(this::logIfNew);
    loaded = Map.copyOf(kept);
    note(union(seen.findings(), resolution.findings()));
    var canSign = new HashSet<>(kept.keySet());
    canSign.retainAll(seen.present());
    canSign.removeIf(kid -> loaded(kid).isEmpty());
    try {
      appendAll(
          new RingPlan(
              ring,
              resolution.keys(),
              Set.copyOf(arrived),
              Set.copyOf(gone),
              canSign,
              this::impact));
      // Old news must not undo what other keystores do later. What cannot be read yet is still
      // news.
      gone.clear();
      arrived.removeAll(resolution.keys().keySet());
    } finally {
      kept.keySet().retainAll(canSign);
      kept.values().removeIf(file -> !isWhatTheLogSays(file));
      loaded = Map.copyOf(kept);
    }
  }

  /// Every private key that can be used from now on, once: an auditor asks who had it, and when.
  private void logIfNew(long kid, KeyFile file) {
    if (!file.equals(loaded.get(kid))) {
      LOG.atInfo()
          .addKeyValue("ring", ring.name())
          .addKeyValue("keyId", kid)
          .addKeyValue("thumbprint", file.key().thumbprint())
          .addKeyValue("store", file.key().store().id())
          .addKeyValue("file", file.file())
          .log("A private key can sign");
    }
  }

  /// What came and what went since the last look. What was so before the first one is this
  /// keystore's own only if it is alone: another one may have seen more, or have other files.
  private void notice(Set<Long> now) {
    if (hasLooked) {
      var came = new HashSet<>(now);
      came.removeAll(present);
      var went = new HashSet<>(present);
      went.removeAll(now);
      arrived.addAll(came);
      arrived.removeAll(went);
      gone.addAll(went);
      gone.removeAll(came);
    } else if (isAlone.getAsBoolean()) {
      arrived.addAll(now);
      inUse(history.map()).stream().filter(kid -> !now.contains(kid)).forEach(gone::add);
    }
    hasLooked = true;
    present = now;
  }

  private @Nullable Impact impact(long kid) {
    return counts.counted(ring.name(), kid).map(CountedUsage::impact).orElse(null);
  }

  /// Where this keystore's files and those of others differ; empty when all is well.
  List<String> notes() {
    var notes = new ArrayList<String>();
    for (KnownKey key : history.map().keys(ring.name())) {
      if (key.verifies() && !present.contains(key.kid())) {
        notes.add(
            "kid %d is %s and has no file here, but has at another keystore (copy it to %s)"
                .formatted(key.kid(), key.state(), ring.directory()));
      }
      if (key.life() instanceof KeyLife.Removed && present.contains(key.kid())) {
        notes.add(
            "kid %d was removed at another keystore and has a file here (remove it; to bring the key back, put the file there again)"
                .formatted(key.kid()));
      }
    }
    return notes;
  }

  private void appendAll(RingPlan plan) {
    while (true) {
      var appended = history.append(map -> plan.next(map).map(this::byItsAuthor));
      if (appended.isEmpty()) {
        return;
      }
      authors.remove(appended.get().event().kid());
      if (appended.get().event().change() instanceof KeyChange.Retired retired) {
        logImpact(appended.get(), retired);
      }
    }
  }

  private NewEvent byItsAuthor(NewEvent event) {
    var author = authors.get(event.kid());
    return author != null && event.change() instanceof KeyChange.Added
        ? new NewEvent(event.ring(), event.kid(), author, event.change())
        : event;
  }

  private void logImpact(Appended appended, KeyChange.Retired retired) {
    var kid = appended.event().kid();
    var impact = retired.impact();
    LOG.atWarn()
        .addKeyValue("ring", ring.name())
        .addKeyValue("keyId", kid)
        .addKeyValue("impact", impact == null ? "not counted" : impact)
        .log("A key file was removed: the tokens of its key are refused from now on");
    if (appended.before().find(ring.name(), kid).filter(KnownKey::held).isPresent()) {
      alarms.raise(
          Alarms.Kind.HELD_KEY_REMOVED,
          ring.name(),
          "kid %d was held and its file was removed (put it back)".formatted(kid));
    }
    var wasActive =
        appended.before().find(ring.name(), kid).filter(key -> key.state() == KeyState.ACTIVE);
    if (wasActive.isPresent()) {
      var successor = retired.successor();
      alarms.raise(
          successor == null ? Alarms.Kind.NO_SIGNING_KEY : Alarms.Kind.SIGNING_KEY_REMOVED,
          ring.name(),
          successor == null
              ? "kid %d was removed and no other key has signed before (activate one)"
                  .formatted(kid)
              : "kid %d was removed, kid %d signs now".formatted(kid, successor));
    }
  }

  private boolean isAnotherDirectory(KeyDirectory.Seen seen) {
    var live = inUse(history.map());
    return identity != null
        && !seen.identity().equals(identity)
        && !live.isEmpty()
        && live.stream().noneMatch(seen.present()::contains);
  }

  private void lose(String why) {
    var finding =
        new Finding(
            ring.directory(),
            null,
            Finding.Severity.REFUSED,
            Rule.DIRECTORY_LOST,
            "the directory is lost: " + why + "; its keys stay as they are until it is back");
    if (!lost) {
      lost = true;
      findings = List.of(finding);
      alarms.raise(Alarms.Kind.DIRECTORY_LOST, ring.name(), ring.directory() + ": " + why);
    }
  }

  /// Logs what is new and what is mended, once each.
  private void note(List<Finding> now) {
    var before = findings;
    findings = now;
    for (Finding finding : now) {
      if (before.contains(finding)) {
        continue;
      }
      LOG.atWarn()
          .addKeyValue("ring", ring.name())
          .addKeyValue("file", finding.file())
          .addKeyValue("rule", finding.rule().id())
          .addKeyValue("severity", finding.severity())
          .addKeyValue("message", finding.message())
          .log("A key file is not as it should be");
      if (finding.rule() == Rule.ID_TAKEN) {
        alarms.raise(Alarms.Kind.ID_TAKEN, ring.name(), finding.line());
      }
    }
    var files = now.stream().map(Finding::file).collect(toUnmodifiableSet());
    before.stream()
        .map(Finding::file)
        .filter(file -> !files.contains(file))
        .distinct()
        .forEach(
            file ->
                LOG.atInfo()
                    .addKeyValue("ring", ring.name())
                    .addKeyValue("file", file)
                    .log("A key file is in order again or has gone"));
  }

  private Set<Long> inUse(KidMap map) {
    return map.keys(ring.name()).stream()
        .filter(KnownKey::verifies)
        .map(KnownKey::kid)
        .collect(toUnmodifiableSet());
  }

  private static List<Finding> union(List<Finding> some, List<Finding> others) {
    var all = new HashSet<>(some);
    all.addAll(others);
    return all.stream()
        .sorted(java.util.Comparator.comparing(Finding::file).thenComparing(Finding::rule))
        .toList();
  }
}
