package org.rekey.keystore;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Optional;
import org.rekey.keystore.files.Finding;
import org.rekey.keystore.files.KeyDirectory;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.KnownKey;

/// Why a ring cannot start with what its directory holds: one line, with the way out. While the
/// service runs none of this stops it.
record RingStart(KeyRing ring, KidMap map) {

  Optional<String> problem(KeyDirectory.Look look) {
    return switch (look) {
      case KeyDirectory.Lost(String why) ->
          Optional.of(
              line(
                  ring.directory()
                      + ": "
                      + why
                      + " (expected: the ring's key files; make a first one: mkdir -m 700 -p "
                      + ring.directory()
                      + " && "
                      + openssl()
                      + ")"));
      case KeyDirectory.Seen seen ->
          otherIssuer()
              .or(() -> otherDirectory(seen))
              .or(() -> noKey(seen))
              .or(() -> noSigner(seen));
    };
  }

  private Optional<String> otherIssuer() {
    return map.keys(ring.name()).stream()
        .map(KnownKey::issuer)
        .filter(issuer -> !issuer.equals(ring.issuer()))
        .findFirst()
        .map(
            issuer ->
                "%s_JWT_ISSUER: %s (expected: %s, to which the ring's keys are bound)"
                    .formatted(ring.settings(), ring.issuer(), issuer));
  }

  private Optional<String> otherDirectory(KeyDirectory.Seen seen) {
    var live = live();
    if (live.isEmpty() || live.stream().anyMatch(seen.present()::contains)) {
      return Optional.empty();
    }
    return Optional.of(
        line(
            "%s holds none of the ring's keys, kid %s (expected: the directory that held them; a volume that is not mounted? To replace all of them, put one back and do it while the service runs)"
                .formatted(
                    ring.directory(), live.stream().map(String::valueOf).collect(joining(", ")))));
  }

  private Optional<String> noKey(KeyDirectory.Seen seen) {
    if (!seen.keys().isEmpty() || !live().isEmpty()) {
      return Optional.empty();
    }
    var refused =
        seen.findings().stream()
            .filter(finding -> finding.severity() == Finding.Severity.REFUSED)
            .map(Finding::line)
            .collect(joining("; "));
    return Optional.of(
        refused.isEmpty()
            ? line(
                "no private key in %s (make the first one: %s)"
                    .formatted(ring.directory(), openssl()))
            : line("no usable private key: " + refused));
  }

  /// Only where nothing else says which key signs.
  private Optional<String> noSigner(KeyDirectory.Seen seen) {
    if (!map.keys(ring.name()).isEmpty()
        || seen.keys().stream().anyMatch(file -> file.kid() == ring.configuredKid())) {
      return Optional.empty();
    }
    return Optional.of(
        seen.findings().stream()
            .filter(finding -> finding.file().equals(ring.configuredFile()))
            .findFirst()
            .map(finding -> line(finding.line()))
            .orElseGet(
                () ->
                    line(
                        "%s: no such file (make it: %s; or name the key that signs)"
                            .formatted(ring.configuredFile(), openssl()))));
  }

  private List<Long> live() {
    return map.keys(ring.name()).stream().filter(KnownKey::verifies).map(KnownKey::kid).toList();
  }

  private String openssl() {
    return "openssl genrsa -out " + ring.configuredFile() + " 2048";
  }

  private String line(String text) {
    return ring.pathSetting() + ": " + text;
  }
}
