package org.rekey.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.maven.artifact.versioning.ComparableVersion;

/// The advisories of `deploy/supply-chain/advisories`, in the form of OSV. Versions are ordered as
/// Maven orders them.
final class Advisories {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<JsonNode> all;

  private Advisories(List<JsonNode> all) {
    this.all = all;
  }

  static Advisories read() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    try (Stream<Path> files = Files.list(Project.file("deploy/supply-chain/advisories"))) {
      for (Path file : files.sorted().toList()) {
        all.add(JSON.readTree(file.toFile()));
      }
    }
    return new Advisories(all);
  }

  /// A line for every hole that is not excepted today.
  List<String> problems(
      List<Component> components, List<Exceptions.Accepted> exceptions, LocalDate today) {
    return components.stream()
        .flatMap(component -> problems(component, exceptions, today))
        .toList();
  }

  private Stream<String> problems(
      Component component, List<Exceptions.Accepted> exceptions, LocalDate today) {
    return all.stream()
        .flatMap(
            advisory ->
                hole(advisory, component)
                    .flatMap(mend -> problem(advisory, component, mend, exceptions, today))
                    .stream());
  }

  private static Optional<String> problem(
      JsonNode advisory,
      Component component,
      String mend,
      List<Exceptions.Accepted> exceptions,
      LocalDate today) {
    String id = advisory.path("id").asText();
    Optional<Exceptions.Accepted> exception =
        exceptions.stream()
            .filter(one -> one.id().equals(id) && one.component().equals(component.name()))
            .findFirst();
    if (exception.filter(one -> !today.isAfter(one.until())).isPresent()) {
      return Optional.empty();
    }
    return Optional.of(
        "%s %s: %s, %s (expected: %s, or an exception with a reason in deploy/supply-chain/exceptions.yaml%s)"
            .formatted(
                component.name(),
                component.version(),
                id,
                advisory.path("summary").asText(),
                mend,
                exception.map(one -> "; the exception ended on " + one.until()).orElse("")));
  }

  /// What mends the hole that a component has; empty if it has none.
  private static Optional<String> hole(JsonNode advisory, Component component) {
    return Component.stream(advisory.path("affected"))
        .filter(affected -> isOf(affected.path("package"), component))
        .flatMap(affected -> Component.stream(affected.path("ranges")))
        .flatMap(range -> hole(range, new ComparableVersion(component.version())).stream())
        .findFirst();
  }

  private static boolean isOf(JsonNode named, Component component) {
    return named.path("ecosystem").asText().equals("Maven")
        && named.path("name").asText().equals(component.name());
  }

  private static Optional<String> hole(JsonNode range, ComparableVersion version) {
    boolean inside = false;
    for (JsonNode event : range.path("events")) {
      if (event.has("introduced")) {
        String from = event.path("introduced").asText();
        inside = from.equals("0") || version.compareTo(new ComparableVersion(from)) >= 0;
      } else if (event.has("fixed")) {
        String fixed = event.path("fixed").asText();
        if (inside && version.compareTo(new ComparableVersion(fixed)) < 0) {
          return Optional.of(fixed + " or later");
        }
        inside = false;
      } else if (event.has("last_affected")) {
        String last = event.path("last_affected").asText();
        if (inside && version.compareTo(new ComparableVersion(last)) <= 0) {
          return Optional.of("later than " + last);
        }
        inside = false;
      }
    }
    return inside ? Optional.of("another version; none is mended yet") : Optional.empty();
  }
}
