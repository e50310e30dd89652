package org.rekey.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.rekey.cli.Console;

/// The tour as it is told: chapters, and steps that hold or don't.
final class Story {
  private final Console console;
  private final boolean isJson;
  private final ArrayNode steps = JsonNodeFactory.instance.arrayNode();
  private int broken;

  Story(Console console, boolean isJson) {
    this.console = console;
    this.isJson = isJson;
  }

  void chapter(String title) {
    if (!isJson) {
      console.line("");
      console.line(console.bold(title));
    }
  }

  void say(String text) {
    if (!isJson) {
      console.line("  " + console.dim(text));
    }
  }

  void step(boolean holds, String text) {
    step(holds, text, -1);
  }

  /// @param millis how long it took; negative: it has no time
  void step(boolean holds, String text, long millis) {
    if (!holds) {
      broken++;
    }
    var json = steps.addObject().put("step", text).put("holds", holds);
    if (millis >= 0) {
      json.put("millis", millis);
    }
    if (!isJson) {
      String time = millis < 0 ? "" : console.bold("  " + millis + " ms");
      console.line("  " + (holds ? console.check() : console.cross()) + " " + text + time);
    }
  }

  boolean isSound() {
    return broken == 0;
  }

  /// The last line, or everything as JSON.
  void end() {
    if (isJson) {
      console.json(steps);
      return;
    }
    console.line("");
    console.line(
        isSound()
            ? console.check() + console.bold(" every step held")
            : console.cross()
                + console.bold(" %d of %d steps did not hold".formatted(broken, steps.size())));
  }
}
