package org.rekey.gateway.forwardauth;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.envoy.auth.v3.AttributeContext;

/// The headers of a request as Envoy tells them, which it does in either of two ways.
record EnvoyHeaders(Map<String, List<String>> values) {

  static EnvoyHeaders of(AttributeContext.HttpRequest request) {
    Map<String, List<String>> values = new HashMap<>();
    request.getHeadersMap().forEach((name, value) -> add(values, name, value));
    request
        .getHeaderMap()
        .getHeadersList()
        .forEach(
            header ->
                add(
                    values,
                    header.getKey(),
                    header.getRawValue().isEmpty()
                        ? header.getValue()
                        : header.getRawValue().toString(StandardCharsets.ISO_8859_1)));
    return new EnvoyHeaders(values);
  }

  private static void add(Map<String, List<String>> values, String name, String value) {
    values.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new ArrayList<>()).add(value);
  }

  Set<String> names() {
    return values.keySet();
  }

  List<String> all(String name) {
    return values.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  @Nullable String first(String name) {
    List<String> all = all(name);
    return all.isEmpty() ? null : all.getFirst();
  }
}
