package org.rekey.verifier.evidence;

import java.util.List;

/// Writes one JSON object in one form only: no spaces, members in the order in which they are put,
/// everything but printable ASCII escaped. No encoding, line end or editor on its way changes it.
final class JsonLine {
  private final StringBuilder text = new StringBuilder(1024).append('{');

  JsonLine put(String name, String value) {
    name(name);
    quote(value);
    return this;
  }

  /// As an unsigned number.
  JsonLine put(String name, long value) {
    name(name).append(Long.toUnsignedString(value));
    return this;
  }

  JsonLine put(String name, boolean value) {
    name(name).append(value);
    return this;
  }

  JsonLine put(String name, List<String> values) {
    name(name).append('[');
    for (var value : values) {
      if (text.charAt(text.length() - 1) != '[') {
        text.append(',');
      }
      quote(value);
    }
    text.append(']');
    return this;
  }

  JsonLine put(String name, JsonLine object) {
    name(name).append(object);
    return this;
  }

  private StringBuilder name(String name) {
    if (text.length() > 1) {
      text.append(',');
    }
    quote(name);
    return text.append(':');
  }

  private void quote(String value) {
    text.append('"');
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ' || c > '~') {
        text.append("\\u%04x".formatted((int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }

  @Override
  public String toString() {
    return text + "}";
  }
}
