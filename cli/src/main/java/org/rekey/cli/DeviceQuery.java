package org.rekey.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A member of a device's identity, and what it must look like.
///
/// @param text as it was given
record DeviceQuery(String text, String name, Pattern value) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// @param text `NAME=VALUE`, where `*` in the value stands for anything
  /// @throws IllegalArgumentException for anything else
  static DeviceQuery of(String text) {
    int equals = text.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException(text + " (expected: NAME=VALUE, e.g. mac=52:54:*)");
    }
    String value =
        Stream.of(text.substring(equals + 1).split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return new DeviceQuery(text, text.substring(0, equals), Pattern.compile(value, Pattern.DOTALL));
  }

  /// @param identity a JSON object; of a member that is an array, one element will do
  boolean matches(String identity) {
    try {
      JsonNode member = JSON.readTree(identity).path(name);
      if (!member.isArray()) {
        return matches(member);
      }
      for (JsonNode each : member) {
        if (matches(each)) {
          return true;
        }
      }
      return false;
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private boolean matches(JsonNode member) {
    return member.isValueNode() && value.matcher(member.asText()).matches();
  }

  /// For options.
  static final class Converter implements ITypeConverter<DeviceQuery> {
    @Override
    public DeviceQuery convert(String text) {
      try {
        return of(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
