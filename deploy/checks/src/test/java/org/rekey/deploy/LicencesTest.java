package org.rekey.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// docs/licences.md is the list that somebody has read: nothing else is delivered, and nothing is
/// in it that is not.
class LicencesTest {
  private static final String PAGE = "docs/licences.md";

  @Test
  void everyComponentIsListedUnderALicenceThatIsAllowed() throws IOException {
    assertThat(problems(Component.delivered())).isEmpty();
  }

  @Test
  void refusesAComponentThatNobodyHasListed() throws IOException {
    assertThat(problems(List.of(new Component("org.example:new", "1.0", List.of("GPL-3.0-only")))))
        .contains(
            "org.example:new: not in docs/licences.md (expected: this line, once you have read the"
                + " licence: | org.example:new | GPL-3.0-only | |)");
  }

  @Test
  void refusesAComponentThatHasChangedItsLicence() throws IOException {
    String listed = listed().keySet().iterator().next();

    assertThat(problems(List.of(new Component(listed, "9.9", List.of("BUSL-1.1")))))
        .contains(
            "%s: BUSL-1.1, and %s in docs/licences.md (expected: the same; see what has changed)"
                .formatted(listed, listed().get(listed)));
  }

  private static List<String> problems(List<Component> components) throws IOException {
    Map<String, String> listed = listed();
    Set<String> allowed = allowed();
    Set<String> reasoned = reasoned();
    List<String> problems = new ArrayList<>();
    for (Component component : components) {
      String licences = String.join(", ", new TreeSet<>(component.licences()));
      String known = listed.get(component.name());
      if (known == null) {
        problems.add(
            "%s: not in %s (expected: this line, once you have read the licence: | %s | %s | |)"
                .formatted(component.name(), PAGE, component.name(), licences));
      } else if (!known.equals(licences)) {
        problems.add(
            "%s: %s, and %s in %s (expected: the same; see what has changed)"
                .formatted(component.name(), licences, known, PAGE));
      } else if (component.licences().stream().noneMatch(allowed::contains)
          && !reasoned.contains(component.name())) {
        problems.add(
            "%s: %s (expected: one of the licences that %s allows, a reason there, or another library)"
                .formatted(component.name(), licences, PAGE));
      }
    }
    Set<String> delivered =
        components.stream().map(Component::name).collect(Collectors.toUnmodifiableSet());
    if (delivered.size() > 1) {
      listed.keySet().stream()
          .filter(name -> !delivered.contains(name))
          .map(name -> name + ": in " + PAGE + " and not delivered any more (take the line out)")
          .forEach(problems::add);
    }
    return problems;
  }

  private static Map<String, String> listed() throws IOException {
    Map<String, String> listed = new LinkedHashMap<>();
    rows("## Components").forEach(row -> listed.put(row.get(0), row.get(1)));
    return listed;
  }

  /// Those that somebody has given a reason for.
  private static Set<String> reasoned() throws IOException {
    return rows("## Components").stream()
        .filter(row -> !row.get(2).isEmpty())
        .map(List::getFirst)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> allowed() throws IOException {
    return rows("## Allowed").stream().map(List::getFirst).collect(Collectors.toUnmodifiableSet());
  }

  /// The rows of the table below a heading, without its first two lines.
  private static List<List<String>> rows(String heading) throws IOException {
    return Files.readString(Project.file(PAGE))
        .lines()
        .dropWhile(line -> !line.equals(heading))
        .skip(1)
        .takeWhile(line -> !line.startsWith("#"))
        .filter(line -> line.startsWith("| "))
        .skip(1)
        .map(line -> List.of(line.substring(2).split(" ?\\| ?", -1)))
        .toList();
  }
}
