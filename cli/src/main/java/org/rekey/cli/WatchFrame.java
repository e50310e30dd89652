package org.rekey.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.Ring;
import org.rekey.proto.keystore.v1.Verifier;

/// Rings × keys × verifiers as lines of a screen.
///
/// Live verifiers have a letter each; beside a key stand the letters of those that have acked it,
/// and a dot for each that has not.
record WatchFrame(Console console, WatchSample sample) {
  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final Duration NEWS = Duration.ofMinutes(5);
  private static final int WIDTH = 80;
  private static final int NAME = 28;

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s  epoch %d  %s  %s"
            .formatted(
                console.bold("Rekey"),
                sample.verifiers().getHeadEpoch(),
                UsageView.counted(sample.live().size(), "live verifier"),
                sample.at().truncatedTo(java.time.temporal.ChronoUnit.SECONDS)));
    for (Ring ring : sample.keys().getRingsList()) {
      lines.add("");
      ring(lines, ring);
    }
    lines.add("");
    verifiers(lines);
    return lines;
  }

  private void ring(List<String> lines, Ring ring) {
    lines.add(console.bold(ring.getName()) + "  " + String.join(", ", heading(ring)));
    List<Key> keys = sample.keysOf(ring).stream().filter(this::isShown).toList();
    if (!keys.isEmpty()) {
      Table table =
          new Table("KID", "STATE", "ALG", "LIVE TOKENS", "PER SECOND", "ACKED BY", "").right(3, 4);
      for (Key key : keys) {
        table.row(
            Long.toUnsignedString(key.getKid()),
            Keys.coloured(console, key.getState()),
            key.getAlg(),
            tokens(key),
            rate(key),
            acked(key),
            String.join(", ", remarks(key)));
      }
      table.lines(console).forEach(line -> lines.add("  " + line));
    }
    gone(lines, ring, keys);
    for (String note : ring.getNotesList()) {
      List<String> pieces = Plain.wrapped(note, WIDTH - 4);
      lines.add("  " + console.yellow("! ") + pieces.getFirst());
      pieces.stream().skip(1).forEach(piece -> lines.add("    " + piece));
    }
  }

  private List<String> heading(Ring ring) {
    List<String> parts = new ArrayList<>();
    parts.add(
        ring.hasActiveKid()
            ? Long.toUnsignedString(ring.getActiveKid()) + " signs" + since(ring)
            : console.red("no key signs"));
    if (ring.hasRotatesAt()) {
      Duration left = Duration.between(sample.at(), Times.instant(ring.getRotatesAt()));
      parts.add(
          left.isNegative()
              ? console.yellow("the next key is due")
              : "the next key is due in " + Times.span(left));
    }
    if (ring.getRetireWhenSafe()) {
      parts.add("old ones retire when safe");
    }
    return parts;
  }

  private String since(Ring ring) {
    return sample.keysOf(ring).stream()
        .filter(key -> key.getKid() == ring.getActiveKid() && key.hasActivatedAt())
        .findFirst()
        .map(key -> " for " + Times.span(age(Times.instant(key.getActivatedAt()))))
        .orElse("");
  }

  private Duration age(Instant then) {
    Duration age = Duration.between(then, sample.at());
    return age.isNegative() ? Duration.ZERO : age;
  }

  /// Keys that are gone are shown as long as they are news, or somebody accepts them.
  private boolean isShown(Key key) {
    return !WatchSample.isWithdrawn(key)
        || !key.hasWithdrawnAt()
        || age(Times.instant(key.getWithdrawnAt())).compareTo(NEWS) < 0
        || sample.rates().of(Keys.id(key)).orElse(0) > 0;
  }

  private void gone(List<String> lines, Ring ring, List<Key> shown) {
    List<Key> gone = sample.keysOf(ring).stream().filter(key -> !shown.contains(key)).toList();
    long compromised =
        gone.stream().filter(key -> key.getState() == KeyState.KEY_STATE_COMPROMISED).count();
    List<String> parts = new ArrayList<>();
    if (gone.size() > compromised) {
      parts.add(gone.size() - compromised + " retired");
    }
    if (compromised > 0) {
      parts.add(compromised + " compromised");
    }
    if (!parts.isEmpty()) {
      lines.add(console.dim("  and " + String.join(", ", parts) + " before"));
    }
  }

  /// The registry keeps tokens of a key that is gone until they expire, but none of them is good.
  private static String tokens(Key key) {
    if (!key.hasUsage() || WatchSample.isWithdrawn(key)) {
      return "-";
    }
    String count = Long.toString(UsageView.of(key.getUsage()).tokens());
    return key.getUsage().getAnyKid() ? "up to " + count : count;
  }

  private String rate(Key key) {
    OptionalDouble rate = sample.rates().of(Keys.id(key));
    if (rate.isEmpty()) {
      return "-";
    }
    String text = String.format(Locale.ROOT, "%.1f", rate.getAsDouble());
    return WatchSample.isWithdrawn(key) && rate.getAsDouble() > 0 ? console.red(text) : text;
  }

  private String acked(Key key) {
    List<Verifier> live = sample.live();
    if (live.isEmpty()) {
      return "-";
    }
    if (live.size() > LETTERS.length()) {
      long acked = live.stream().filter(each -> WatchSample.hasAcked(each, key)).count();
      String text = acked + " of " + live.size();
      return acked == live.size() ? text : console.red(text);
    }
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < live.size(); i++) {
      letters.append(WatchSample.hasAcked(live.get(i), key) ? LETTERS.charAt(i) : console.red("."));
    }
    return letters.toString();
  }

  private List<String> remarks(Key key) {
    List<String> remarks = new ArrayList<>();
    if (key.getHeld()) {
      remarks.add("held");
    }
    if (key.getRetiresWhenSafe()) {
      remarks.add("retires when safe");
    }
    if (key.getStore().isEmpty() && key.getState() == KeyState.KEY_STATE_ACTIVE) {
      remarks.add(console.red("cannot sign: see lint"));
    }
    return remarks;
  }

  private void verifiers(List<String> lines) {
    if (sample.verifiers().getVerifiersCount() == 0) {
      lines.add("no verifier has reported yet");
      return;
    }
    Table table =
        new Table("", "VERIFIER", "EPOCH", "BEHIND", "SILENT FOR", "TOOK", "").right(2, 3, 4, 5);
    int next = 0;
    for (Verifier each : sample.verifiers().getVerifiersList()) {
      boolean hasLetter = each.getLive() && next < LETTERS.length();
      long behind = sample.verifiers().getHeadEpoch() - each.getEpoch();
      table.row(
          hasLetter ? LETTERS.substring(next, next + 1) : "",
          name(each),
          Long.toUnsignedString(each.getEpoch()),
          behind <= 0 ? "-" : console.yellow(Long.toString(behind)),
          Times.span(age(Times.instant(each.getReportedAt()))),
          each.hasPropagation() ? Times.span(Times.duration(each.getPropagation())) : "-",
          standing(each));
      next += each.getLive() ? 1 : 0;
    }
    lines.addAll(table.lines(console));
  }

  private static String name(Verifier verifier) {
    String name = Plain.text(verifier.getName());
    return name.length() <= NAME ? name : name.substring(0, NAME - 1) + "…";
  }

  private String standing(Verifier verifier) {
    if (!verifier.getLive()) {
      return console.dim("gone: its lease has run out");
    }
    return verifier.getDiverged() ? console.red("has other keys than the log says") : "";
  }
}
