package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The list of checksums that a signature is over: `sha256hex  name` and a line feed for every
/// file. One form only, so that nobody can read other names or sums out of it.
public final class Manifest {
  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64})  (\\S+)");
  private static final Pattern PAYLOAD = Pattern.compile("data/[0-9]{4}/([^/]+)");
  private static final Pattern HEADER = Pattern.compile("header\\.tar(\\.gz|\\.xz|\\.zst)?");
  private static final Pattern AUGMENT =
      Pattern.compile("header-augment\\.tar(\\.gz|\\.xz|\\.zst)?");

  private final byte[] bytes;
  private final Map<String, String> sums;

  private Manifest(byte[] bytes, Map<String, String> sums) {
    this.bytes = bytes;
    this.sums = sums;
  }

  /// @throws IllegalArgumentException saying which line breaks which rule
  public static Manifest of(byte[] bytes) {
    try {
      return parse(bytes, false);
    } catch (Damage e) {
      throw new IllegalArgumentException(e.text(), e);
    }
  }

  static Manifest parse(byte[] bytes, boolean isAugment) throws Damage {
    var what = isAugment ? "manifest-augment" : "manifest";
    if (bytes.length == 0 || bytes[bytes.length - 1] != '\n') {
      throw new Damage(
          Rule.MANIFEST, what + ": does not end with a line feed (expected: whole lines)");
    }
    var text = new String(bytes, UTF_8);
    Map<String, String> sums = new LinkedHashMap<>();
    var number = 0;
    for (var line : text.substring(0, text.length() - 1).split("\n", -1)) {
      number++;
      var parts = LINE.matcher(line);
      if (!parts.matches()) {
        throw new Damage(
            Rule.MANIFEST,
            "%s: line %d is not a checksum (expected: 64 digits of lower-case hexadecimal, two spaces, a name)"
                .formatted(what, number));
      }
      var name = parts.group(2);
      requirePlace(what, number, name, isAugment);
      if (sums.put(name, parts.group(1)) != null) {
        throw new Damage(
            Rule.MANIFEST,
            "%s: line %d names %s again (expected: once)".formatted(what, number, name));
      }
    }
    return new Manifest(bytes.clone(), sums);
  }

  private static void requirePlace(String what, int line, String name, boolean isAugment)
      throws Damage {
    var payload = PAYLOAD.matcher(name);
    if (payload.matches()) {
      Names.require(payload.group(1), "%s: line %d".formatted(what, line));
    } else if (isAugment ? !AUGMENT.matcher(name).matches() : !isOfHeader(name)) {
      throw new Damage(
          Rule.MANIFEST,
          "%s: line %d names %s (expected: data/0000/FILE, a header%s)"
              .formatted(what, line, Names.shown(name), isAugment ? "" : " or version"));
    }
  }

  private static boolean isOfHeader(String name) {
    return name.equals("version") || HEADER.matcher(name).matches();
  }

  /// What is signed, byte for byte.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// In lower-case hexadecimal: by this the key log knows it.
  public String sha256() {
    return HexFormat.of().formatHex(Sha256.of(bytes));
  }

  /// The names and their checksums, in their order.
  public Map<String, String> sums() {
    return Map.copyOf(sums);
  }

  Optional<String> sum(String name) {
    return Optional.ofNullable(sums.get(name));
  }

  @Override
  public String toString() {
    return "Manifest[" + sha256() + "]";
  }
}
