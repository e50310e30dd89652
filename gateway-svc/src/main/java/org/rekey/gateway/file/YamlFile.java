package org.rekey.gateway.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.runtime.config.SettingsException;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
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
  private final List<FileProblem> problems = new ArrayList<>();
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
        problem("larger than 1 MiB");
        return;
      }
      String text = Files.readString(path, StandardCharsets.UTF_8);
      LoadSettings settings = LoadSettings.builder().setLabel(path.toString()).build();
      root = new Compose(settings).composeString(text).orElse(null);
    } catch (IOException e) {
      problem(what + " cannot be read: " + e.getClass().getSimpleName());
    } catch (YamlEngineException e) {
      problems.add(new FileProblem(path, line(e), "not YAML"));
    }
  }

  /// Nothing of the text around the place: there may be something in it that is nobody's business.
  private static int line(YamlEngineException e) {
    return e instanceof MarkedYamlEngineException marked
        ? marked.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0)
        : 0;
  }

  /// What the file says; empty if it says nothing, or something was wrong already.
  public Optional<Node> root() {
    return Optional.ofNullable(root);
  }

  /// Names and values; whatever is not known, or stands there twice, is reported and left out.
  public Map<String, Node> mapping(Node node, String what, Collection<String> known) {
    Map<String, Node> values = new LinkedHashMap<>();
    if (!(node instanceof MappingNode mapping)) {
      problem(node, what + " is not a mapping (expected: name: value)");
      return values;
    }
    for (NodeTuple entry : mapping.getValue()) {
      String name = text(entry.getKeyNode());
      if (!known.contains(name)) {
        unknown(entry.getKeyNode(), "", name, known);
      } else if (values.putIfAbsent(name, entry.getValueNode()) != null) {
        problem(entry.getKeyNode(), name + " stands here twice");
      }
    }
    return values;
  }

  /// One value stands for a list of one.
  public static List<Node> list(Node node) {
    return node instanceof SequenceNode sequence ? sequence.getValue() : List.of(node);
  }

  public String text(Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    problem(node, "not a plain value");
    return "";
  }

  /// @param prefix before what is written, as in `audience: `
  public void unknown(
      @Nullable Node node, String prefix, String written, Collection<String> known) {
    problem(
        node,
        prefix
            + (written.isEmpty() ? "nothing" : written)
            + Suggestion.of(written, known)
                .map(meant -> ": did you mean `" + meant + "`?")
                .orElse(" (expected: " + String.join(", ", known) + ")"));
  }

  public void problem(@Nullable Node node, String text) {
    int line = node == null ? 0 : node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    problems.add(new FileProblem(path, line, text));
  }

  /// What is wrong with the file as a whole.
  public void problem(String text) {
    problems.add(new FileProblem(path, 0, text));
  }

  /// In the order in which they stand there.
  public List<FileProblem> problems() {
    return problems.stream().sorted(Comparator.comparingInt(FileProblem::line)).toList();
  }

  /// How many there are so far.
  public int problemCount() {
    return problems.size();
  }

  /// @throws SettingsException if there are any
  public void throwProblems() {
    if (!problems.isEmpty()) {
      throw new SettingsException(problems().stream().map(FileProblem::toString).toList());
    }
  }
}
