package org.rekey.cli.local;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How much memory a service may take for its objects: `--heap SERVICE=MEGABYTES`.
public record Heap(String service, int megabytes) {
  static final int DEFAULT_MEGABYTES = 128;

  private static final Pattern FORM = Pattern.compile("([a-z]+)=([1-9][0-9]{1,5})");

  /// @throws IllegalArgumentException with a line for the operator
  public static Heap parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || !Services.ALL.contains(matcher.group(1))) {
      throw new IllegalArgumentException(
          "%s (expected: SERVICE=MEGABYTES, SERVICE one of %s)"
              .formatted(text, String.join(", ", Services.ALL)));
    }
    return new Heap(matcher.group(1), Integer.parseInt(matcher.group(2)));
  }
}
