package org.rekey.keystore.plan;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Times of each day in which nothing is done by itself.
///
/// ```java
/// QuietHours.parse("08:00-18:00,23:30-00:30", ZoneId.of("Europe/Oslo")).until(now)
/// ```
public record QuietHours(List<Window> windows, ZoneId zone) {
  private static final Pattern WINDOW = Pattern.compile("(\\d{2}:\\d{2})-(\\d{2}:\\d{2})");

  public QuietHours {
    windows = List.copyOf(windows);
  }

  /// @param from the first moment of it
  /// @param to the first moment after it; earlier than `from` if it goes over midnight
  public record Window(LocalTime from, LocalTime to) {
    boolean contains(LocalTime time) {
      return from.isBefore(to)
          ? !time.isBefore(from) && time.isBefore(to)
          : !time.isBefore(from) || time.isBefore(to);
    }

    @Override
    public String toString() {
      return from + "-" + to;
    }
  }

  public static QuietHours none() {
    return new QuietHours(List.of(), ZoneId.of("UTC"));
  }

  /// @param text windows with commas between them; empty for none
  /// @throws IllegalArgumentException naming the window and what is expected
  public static QuietHours parse(String text, ZoneId zone) {
    var windows = new ArrayList<Window>();
    for (String part : text.isBlank() ? new String[0] : text.split(",", -1)) {
      windows.add(window(part.strip()));
    }
    var hours = new QuietHours(windows, zone);
    if (!windows.isEmpty() && windows.stream().allMatch(window -> hours.isQuietAt(window.to()))) {
      throw new IllegalArgumentException(text + " is the whole day (expected: an hour to act in)");
    }
    return hours;
  }

  private static Window window(String part) {
    var matcher = WINDOW.matcher(part);
    if (matcher.matches()) {
      try {
        var window =
            new Window(LocalTime.parse(matcher.group(1)), LocalTime.parse(matcher.group(2)));
        if (!window.from().equals(window.to())) {
          return window;
        }
      } catch (DateTimeException _) {
        // Said below: such a time does not exist.
      }
    }
    throw new IllegalArgumentException(
        "'%s' (expected: times such as 08:00-18:00, several with commas)".formatted(part));
  }

  /// When the quiet that reigns now is over; empty when it does not.
  public Optional<Instant> until(Instant now) {
    var at = now.atZone(zone);
    while (isQuietAt(at.toLocalTime())) {
      at = endOfWindow(at);
    }
    return at.toInstant().isAfter(now) ? Optional.of(at.toInstant()) : Optional.empty();
  }

  private ZonedDateTime endOfWindow(ZonedDateTime at) {
    var time = at.toLocalTime();
    var to =
        windows.stream().filter(window -> window.contains(time)).findFirst().orElseThrow().to();
    var date = to.isAfter(time) ? at.toLocalDate() : at.toLocalDate().plusDays(1);
    return ZonedDateTime.of(date, to, zone);
  }

  private boolean isQuietAt(LocalTime time) {
    return windows.stream().anyMatch(window -> window.contains(time));
  }

  @Override
  public String toString() {
    return windows.stream().map(Window::toString).collect(Collectors.joining(",")) + " " + zone;
  }
}
