package org.rekey.gateway.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// A YAML 1.2 file of at most 1 MiB, and everything that is wrong with it, each with its line.
public final class YamlFile {
  private static final int MAX_BYTES = 1 << 20;

  private final Path path;
  private final List<String> problems = new ArrayList<>();
  private @Nullable Node root;

  private YamlFile(Path path) {
    this.path = path;
  }

  /// What cannot be read is the first problem.
  ///
  /// @param what it is, for the text of a problem
  public static YamlFile open(Path path, String what) {
    YamlFile file = new YamlFile(path);
    file.load(what);
    return file;
  }

  private void load(String what) {
    try {
      if (Files.size(path) > MAX_BYTES) {
        problems.add(path + ": larger than 1 MiB");
        return;
      }
      String text = Files.readString(path, StandardCharsets.UTF_8);
      LoadSettings settings = LoadSettings.builder().setLabel(path.toString()).build();
      root = new Compose(settings).composeString(text).orElse(null);
    } catch (IOException e) {
      problems.add(path + ": " + what + " cannot be read: " + e.getClass().getSimpleName());
    } catch (YamlEngineException e) {
      problems.add(path + ": not YAML" + line(e));
    }
  }

  /// Nothing of the text around the place: there may be something in it that is nobody's business.
  private static String line(YamlEngineException e) {
    return e instanceof org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException marked
        ? marked.getProblemMark().map(mark -> " in line " + (mark.getLine() + 1)).orElse("")
        : "";
  }

  /// What stands at the top; nothing for an empty file.
  public List<NodeTuple> root() {
    return Optional.ofNullable(root).map(node -> mapping(node, "the file")).orElse(List.of());
  }

  public List<NodeTuple> mapping(Node node, String what) {
    if (node instanceof MappingNode mapping) {
      Set<String> names = new HashSet<>();
      mapping.getValue().stream()
          .filter(entry -> !names.add(name(entry)))
          .forEach(entry -> problem(entry.getKeyNode(), name(entry) + " stands here twice"));
      return mapping.getValue();
    }
    problem(node, what + " is not a mapping (expected: name: value)");
    return List.of();
  }

  /// One value stands for a list of one.
  public static List<Node> list(Node node) {
    return node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
  }

  public String name(NodeTuple entry) {
    return text(entry.getKeyNode());
  }

  public String text(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    problem(node, "not a plain value");
    return "";
  }

  public void problem(Node node, String text) {
    String line = node.getStartMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
    problems.add(path + line + ": " + text);
  }

  /// How many there are so far.
  public int problems() {
    return problems.size();
  }

  /// @throws SettingsException if there are any
  public void throwProblems() {
    if (!problems.isEmpty()) {
      throw new SettingsException(problems);
    }
  }
}
