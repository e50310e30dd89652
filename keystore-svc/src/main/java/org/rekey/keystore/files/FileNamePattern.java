package org.rekey.keystore.files;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;

/// Which file names are keys, and their ids: a regular expression that must match the whole name,
/// and whose first group is the id. Mender's matches anywhere in the name, so that a backup
/// displaces the key.
public final class FileNamePattern {
  /// What a JSON number holds exactly in every language: 2^53-1.
  public static final long MAX_KID = 9_007_199_254_740_991L;

  private static final Pattern FIRST_GROUP = Pattern.compile("\\((?!\\?)[^()]*\\)");
  private static final Pattern ESCAPED = Pattern.compile("\\\\([^A-Za-z0-9])");
  private static final Pattern META = Pattern.compile("[\\[\\](){}*+?|^$]");

  private final Pattern pattern;

  private FileNamePattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /// @param setting the name of the setting, for the message
  public static FileNamePattern of(String setting, String regex) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new SettingsException(
          setting + ": " + regex + " (expected: a regular expression; " + e.getDescription() + ")");
    }
    if (pattern.matcher("").groupCount() < 1) {
      throw new SettingsException(
          setting
              + ": "
              + regex
              + " (expected: a group in parentheses for the id, such as private\\.id\\.([0-9]*)\\.pem)");
    }
    return new FileNamePattern(pattern);
  }

  /// What a name is to a ring.
  public sealed interface Name {}

  /// The name of a key.
  public record Keyed(long kid) implements Name {}

  /// Meant for a key and wrong.
  ///
  /// @param kid the id that was probably meant; null when there is none
  public record Refused(@Nullable Long kid, Rule rule, String message) implements Name {}

  /// Contains a match: a backup or an editor's copy.
  public record LooksAlike() implements Name {}

  /// Something else.
  public record Unrelated() implements Name {}

  public Name classify(String name) {
    Matcher matcher = pattern.matcher(name);
    if (!matcher.matches()) {
      return matcher.reset().find() ? new LooksAlike() : new Unrelated();
    }
    String id = matcher.group(1);
    if (id == null || id.isEmpty()) {
      return new Refused(
          null, Rule.EMPTY_ID, "no id in the name (rename it, e.g. to " + example(1) + ")");
    }
    if (!id.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return new Refused(
          null,
          Rule.ID_NOT_A_NUMBER,
          "the id \"" + id + "\" is no number (rename it, e.g. to " + example(1) + ")");
    }
    String digits = id.replaceFirst("^0+(?=.)", "");
    if (digits.length() > 16 || Long.parseLong(digits) > MAX_KID) {
      return new Refused(
          null,
          Rule.ID_TOO_LARGE,
          "the id " + id + " is too large (expected: at most " + MAX_KID + ")");
    }
    long kid = Long.parseLong(digits);
    if (!digits.equals(id)) {
      return new Refused(
          kid,
          Rule.LEADING_ZEROS,
          "the id " + id + " has leading zeros (rename it to " + example(kid) + ")");
    }
    return new Keyed(kid);
  }

  /// The name that a kid's file would have; empty when the expression is too free to be turned
  /// round.
  public Optional<String> nameFor(long kid) {
    String text = pattern.pattern().replaceFirst("^\\^", "").replaceFirst("\\$$", "");
    Matcher group = FIRST_GROUP.matcher(text);
    if (!group.find()) {
      return Optional.empty();
    }
    String around = text.substring(0, group.start()) + text.substring(group.end());
    if (META.matcher(ESCAPED.matcher(around).replaceAll("")).find()) {
      return Optional.empty();
    }
    String name =
        literal(text.substring(0, group.start())) + kid + literal(text.substring(group.end()));
    return new Keyed(kid).equals(classify(name)) && !name.contains("/")
        ? Optional.of(name)
        : Optional.empty();
  }

  private String example(long kid) {
    return nameFor(kid).orElse("a name that " + pattern.pattern() + " matches");
  }

  private static String literal(String regex) {
    return ESCAPED.matcher(regex).replaceAll("$1");
  }

  @Override
  public String toString() {
    return pattern.pattern();
  }
}
