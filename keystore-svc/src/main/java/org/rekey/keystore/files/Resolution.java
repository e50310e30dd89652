package org.rekey.keystore.files;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rekey.artifact.ArtifactKey;
import org.rekey.verifier.map.KeyState;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;
import org.rekey.verifier.map.Withdrawal;

/// Which of the usable files stands for which kid, in the light of what the key log says. A kid
/// that is in use keeps meaning what it means: no file, new or changed, makes good tokens bad.
///
/// @param keys one file for each kid, only such as belong to it
public record Resolution(Map<Long, KeyFile> keys, List<Finding> findings) {
  private static final String ARTIFACT = "artifact";

  /// @param loaded the files in use so far
  public static Resolution of(
      String ring, Collection<KeyFile> files, KidMap map, Map<Long, KeyFile> loaded) {
    var resolver = new Resolver(ring, map, loaded);
    new TreeMap<>(files.stream().collect(groupingBy(KeyFile::kid))).forEach(resolver::chooseFile);
    List.copyOf(resolver.keys.values()).stream()
        .sorted(Comparator.comparingLong(KeyFile::kid))
        .forEach(resolver::judgeKey);
    return new Resolution(Map.copyOf(resolver.keys), List.copyOf(resolver.findings));
  }

  private static final class Resolver {
    final String ring;
    final KidMap map;
    final Map<Long, KeyFile> loaded;
    final Map<Long, KeyFile> keys = new HashMap<>();
    final List<Finding> findings = new ArrayList<>();

    Resolver(String ring, KidMap map, Map<Long, KeyFile> loaded) {
      this.ring = ring;
      this.map = map;
      this.loaded = loaded;
    }

    void chooseFile(long kid, List<KeyFile> files) {
      var known = map.find(ring, kid);
      if (known.isPresent()) {
        chooseAmong(kid, files, known.get());
      } else if (files.stream().map(file -> file.key().thumbprint()).distinct().count() == 1) {
        use(kid, files);
      } else {
        files.forEach(file -> refuseDuplicate(file, others(files, file)));
      }
    }

    private void chooseAmong(long kid, List<KeyFile> files, KnownKey known) {
      var fitting =
          files.stream()
              .filter(file -> file.key().thumbprint().equals(known.thumbprint()))
              .toList();
      if (!fitting.isEmpty()) {
        use(kid, fitting);
      }
      for (var file : files) {
        if (fitting.contains(file)) {
          continue;
        }
        if (fitting.isEmpty()) {
          findings.add(
              Finding.refused(
                  file.file(),
                  kid,
                  Rule.ID_TAKEN,
                  "kid %d means another key for ever, %s (give this one an id of its own)"
                      .formatted(kid, known.thumbprint())));
        } else {
          refuseDuplicate(file, fitting.getFirst().file().toString());
        }
      }
    }

    private void use(long kid, List<KeyFile> files) {
      var inUse = loaded.get(kid);
      var chosen =
          files.stream()
              .filter(file -> inUse != null && file.file().equals(inUse.file()))
              .findFirst()
              .orElseGet(
                  () -> files.stream().min(Comparator.comparing(KeyFile::file)).orElseThrow());
      keys.put(kid, chosen);
      files.stream()
          .filter(file -> !file.equals(chosen))
          .forEach(
              file ->
                  findings.add(
                      Finding.note(
                          file.file(),
                          kid,
                          Rule.DUPLICATE_ID,
                          "the same key as %s, which is used for kid %d (remove one of them)"
                              .formatted(chosen.file(), kid))));
    }

    private void refuseDuplicate(KeyFile file, String others) {
      findings.add(
          Finding.refused(
              file.file(),
              file.kid(),
              Rule.DUPLICATE_ID,
              "kid %d has another file too: %s (remove or rename one of them)"
                  .formatted(file.kid(), others)));
    }

    private static String others(List<KeyFile> files, KeyFile file) {
      return files.stream()
          .map(KeyFile::file)
          .filter(other -> !other.equals(file.file()))
          .map(Path::toString)
          .collect(joining(", "));
    }

    void judgeKey(KeyFile file) {
      map.find(ring, file.kid())
          .ifPresentOrElse(known -> judgeKnown(file, known), () -> judgeNew(file));
    }

    private void judgeKnown(KeyFile file, KnownKey known) {
      if (known.state() == KeyState.COMPROMISED) {
        refuse(
            file, Rule.COMPROMISED, "found compromised, never to be used again (remove the file)");
      } else if (known.withdrawal() == Withdrawal.COMMAND) {
        keys.remove(file.kid());
        findings.add(
            Finding.note(
                file.file(),
                file.kid(),
                Rule.RETIRED,
                "retired by command and not used any more (remove the file)"));
      } else {
        noteOtherRings(file);
        noteType(file);
      }
    }

    private void judgeNew(KeyFile file) {
      var thumbprint = file.key().thumbprint();
      var compromised =
          map.keys().stream()
              .anyMatch(
                  key ->
                      key.state() == KeyState.COMPROMISED && key.thumbprint().equals(thumbprint));
      if (compromised) {
        refuse(file, Rule.COMPROMISED, "this key was found compromised (make a new one)");
        return;
      }
      var twin =
          map.keys(ring).stream()
              .filter(key -> key.thumbprint().equals(thumbprint))
              .map(KnownKey::kid)
              .findFirst()
              .or(
                  () ->
                      keys.values().stream()
                          .filter(
                              other ->
                                  other.kid() < file.kid()
                                      && other.key().thumbprint().equals(thumbprint))
                          .map(KeyFile::kid)
                          .findFirst());
      if (twin.isPresent()) {
        refuse(
            file,
            Rule.SAME_KEY,
            "the same key as kid %d (a key has one id for ever; make a new key)"
                .formatted(twin.get()));
      } else {
        noteOtherRings(file);
        noteType(file);
      }
    }

    private void noteOtherRings(KeyFile file) {
      map.keys().stream()
          .filter(key -> !key.ring().equals(ring) && key.verifies())
          .filter(key -> key.thumbprint().equals(file.key().thumbprint()))
          .findFirst()
          .ifPresent(
              key ->
                  findings.add(
                      Finding.note(
                          file.file(),
                          file.kid(),
                          Rule.SHARED_KEY,
                          "the same key as kid %d of ring %s (give every ring keys of its own)"
                              .formatted(key.kid(), key.ring()))));
    }

    /// Such a key signs nothing, so it may stay; who makes it active wonders why nothing can be
    /// signed.
    private void noteType(KeyFile file) {
      if (!ring.equals(ARTIFACT)) {
        return;
      }
      try {
        var _ = ArtifactKey.of(file.key().publicKey());
      } catch (IllegalArgumentException e) {
        findings.add(
            Finding.note(
                file.file(),
                file.kid(),
                Rule.NOT_FOR_ARTIFACTS,
                "%s; no artifact is signed with it (rekey keys generate artifact --type rsa-3072 makes one)"
                    .formatted(e.getMessage())));
      }
    }

    private void refuse(KeyFile file, Rule rule, String message) {
      keys.remove(file.kid());
      findings.add(Finding.refused(file.file(), file.kid(), rule, message));
    }
  }
}
