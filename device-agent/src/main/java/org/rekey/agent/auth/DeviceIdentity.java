package org.rekey.agent.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.rekey.agent.AgentFailure;

/// What a device says that it is.
///
/// @param json `id_data`: an object of strings, or arrays of them, with sorted names
public record DeviceIdentity(String json) {
  private static final long PATIENCE_SECONDS = 60;

  /// As the script says it: lines `name=value`; a name that comes again makes an array.
  ///
  /// @throws AgentFailure when the script cannot be run, fails, or says nothing of the kind
  public static DeviceIdentity ofScript(Path script) {
    return ofLines(script.toString(), outputOf(script));
  }

  static DeviceIdentity ofLines(String source, String output) {
    Map<String, List<String>> values = new TreeMap<>();
    for (String line : output.lines().toList()) {
      int equals = line.indexOf('=');
      if (equals < 1) {
        throw new AgentFailure(
            source + ": a line without `name=` (expected: lines such as mac=52:54:00:12:34:56)");
      }
      values
          .computeIfAbsent(line.substring(0, equals), _ -> new ArrayList<>())
          .add(line.substring(equals + 1));
    }
    if (values.isEmpty()) {
      throw new AgentFailure(source + ": says nothing (expected: lines `name=value`)");
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    values.forEach(
        (name, all) -> {
          if (all.size() == 1) {
            json.put(name, all.getFirst());
          } else {
            ArrayNode array = json.putArray(name);
            all.forEach(array::add);
          }
        });
    return new DeviceIdentity(json.toString());
  }

  private static String outputOf(Path script) {
    try {
      Process process =
          new ProcessBuilder(script.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AgentFailure(script + ": does not end (expected: within a minute)");
      }
      if (process.exitValue() != 0) {
        throw new AgentFailure(
            script + ": ended with code " + process.exitValue() + " (expected: 0)");
      }
      return output;
    } catch (IOException e) {
      throw new AgentFailure(
          script + ": cannot be run (expected: a program that prints the device's identity)", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AgentFailure(script + ": interrupted", e);
    }
  }
}
