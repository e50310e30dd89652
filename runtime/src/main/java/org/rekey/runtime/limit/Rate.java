package org.rekey.runtime.limit;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// So many in so much time, written `1000/1h`; `off` for any number.
///
/// @param amount 0: any number
/// @param per in which time they are forgotten, evenly
public record Rate(int amount, Duration per) {
  public static final Rate OFF = new Rate(0, Duration.ofSeconds(1));
  private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,6})/([1-9][0-9]{0,5}[smhd])");

  /// The form in which SmallRye Config looks for it.
  public static Rate of(String text) {
    if (text.equals("off")) {
      return OFF;
    }
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(text + " (expected: NUMBER/TIME as in 1000/1h, or off)");
    }
    return new Rate(Integer.parseInt(matcher.group(1)), time(matcher.group(2)));
  }

  public boolean isOff() {
    return amount == 0;
  }

  private static Duration time(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    try {
      return Duration.parse(upper.endsWith("D") ? "P" + upper : "PT" + upper);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(text + " (expected: a time such as 1h)", e);
    }
  }
}
