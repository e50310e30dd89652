package org.rekey.useradm;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// So many failures in so much time, written `10/1m`; `off` for any number.
///
/// @param failures 0: any number
/// @param per in which time they are forgotten, evenly
public record FailureLimit(int failures, Duration per) {
  private static final FailureLimit OFF = new FailureLimit(0, Duration.ofSeconds(1));
  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,5})/([1-9][0-9]{0,5}[smhd])");

  /// The form in which SmallRye Config looks for it.
  public static FailureLimit of(String text) {
    if (text.equals("off")) {
      return OFF;
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text + " (expected: FAILURES/TIME as in 10/1m, or off)");
    }
    return new FailureLimit(Integer.parseInt(matcher.group(1)), time(matcher.group(2)));
  }

  public boolean isOff() {
    return failures == 0;
  }

  private static Duration time(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    try {
      return Duration.parse(upper.endsWith("D") ? "P" + upper : "PT" + upper);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(text + " (expected: a time such as 1m)", e);
    }
  }
}
