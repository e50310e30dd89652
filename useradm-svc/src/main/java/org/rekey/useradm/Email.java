package org.rekey.useradm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// An e-mail address: ASCII, at most 256 bytes, always in lower case. What names a user at login.
public record Email(String value) {
  private static final int MAX_BYTES = 256;
  private static final int MAX_LOCAL = 64;
  private static final String ATOM = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+";
  private static final String LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";

  /// A dot-atom of RFC 5322 at a host name of RFC 1123: no quoted names, comments or address
  /// literals, which no user of such a system has and which look like an attack when they come.
  /// Possessive, so that no text costs more than one pass.
  private static final Pattern FORM =
      Pattern.compile(
          "(?<local>(?:" + ATOM + ")(?:\\." + ATOM + ")*+)@" + LABEL + "(?:\\." + LABEL + ")*+");

  public Email {
    if (parse(value).isEmpty()) {
      throw new IllegalArgumentException("email: not valid (expected: name@host in lower case)");
    }
  }

  /// Lower-cases. Empty for what is no address; looked at first, because there are letters outside
  /// of ASCII whose lower case is within.
  public static Optional<Email> of(String text) {
    return text.length() <= MAX_BYTES && US_ASCII.newEncoder().canEncode(text)
        ? parse(text.toLowerCase(Locale.ROOT)).map(Email::new)
        : Optional.empty();
  }

  /// Why a text is no address; to be written after the field's name.
  static Optional<String> problemOf(String text) {
    if (text.isEmpty()) {
      return Optional.of("cannot be blank");
    }
    if (text.length() > MAX_BYTES) {
      return Optional.of("the length must be no more than 256");
    }
    return of(text).isEmpty() ? Optional.of("must be a valid email address") : Optional.empty();
  }

  private static Optional<String> parse(String text) {
    if (text.length() > MAX_BYTES) {
      return Optional.empty();
    }
    var matcher = FORM.matcher(text);
    return matcher.matches() && matcher.end("local") <= MAX_LOCAL
        ? Optional.of(text)
        : Optional.empty();
  }
}
