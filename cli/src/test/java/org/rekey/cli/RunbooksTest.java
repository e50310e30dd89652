package org.rekey.cli;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// What `docs/runbooks` tells somebody to do can be done.
class RunbooksTest {
  private static final Path DIRECTORY = Path.of("..", "docs", "runbooks");
  private static final Pattern COMMAND = Pattern.compile("`rekey ([^`]+)`");
  private static final Pattern METRIC = Pattern.compile("\\b(?:rekey|gateway|rpc)[_:][a-z_:0-9]+");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)[^)]*\\)");

  static Stream<Path> pages() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files.sorted().toList().stream();
    }
  }

  @Test
  void everyPageBelongsToAnAlert() throws IOException {
    assertThat(pages().map(page -> page.getFileName().toString()).collect(toSet()))
        .isEqualTo(
            AlertRules.rules("alert").stream()
                .map((JsonNode alert) -> alert.path("alert").asText() + ".md")
                .collect(toSet()));
  }

  @ParameterizedTest
  @MethodSource("pages")
  void aPageHasTheSamePartsAsTheOthers(Path page) throws IOException {
    List<String> lines = Files.readAllLines(page);
    assertThat(lines.getFirst() + ".md").isEqualTo("# " + page.getFileName());
    assertThat(lines.stream().filter(line -> line.startsWith("## ")))
        .containsExactly(
            "## What it means", "## How to see it", "## What to do", "## When to escalate");
  }

  @ParameterizedTest
  @MethodSource("pages")
  void theCommandsMetricsAndPagesThatAPageNamesAreThere(Path page) throws IOException {
    // A command may be broken over two lines.
    String text = Files.readString(page).replaceAll("\\s+", " ");
    COMMAND.matcher(text).results().map(command -> command.group(1)).forEach(RunbooksTest::exists);
    DescribedMetrics metrics = AlertRules.metrics();
    assertThat(METRIC.matcher(text).results().map(name -> name.group()))
        .allMatch(metrics::has, "is described");
    assertThat(LINK.matcher(text).results().map(link -> link.group(1)))
        .allMatch(link -> Files.isRegularFile(DIRECTORY.resolve(link)), "is a file");
  }

  private static void exists(String command) {
    CommandLine at = Rekey.commandLine(Console.ofProcess());
    List<String> words = Arrays.asList(command.replaceAll("\"[^\"]*\"", "text").split(" ", -1));
    int index = 0;
    while (index < words.size() && at.getSubcommands().containsKey(words.get(index))) {
      at = Objects.requireNonNull(at.getSubcommands().get(words.get(index++)));
    }
    boolean isWhole =
        index == words.size()
            || words.get(index).startsWith("-")
            || !at.getCommandSpec().positionalParameters().isEmpty();
    assertThat(isWhole).as("rekey " + command + ": all of its words").isTrue();
    var options = at.getCommandSpec().optionsMap().keySet();
    assertThat(words.stream().skip(index).filter(word -> word.startsWith("-")))
        .as("rekey " + command)
        .allMatch(options::contains, "is an option");
  }
}
