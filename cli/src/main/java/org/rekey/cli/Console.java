package org.rekey.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.Map;
import java.util.function.Consumer;

/// Where commands write: results to standard output, everything else to standard error. Colours and
/// signs only where they can be shown.
public final class Console {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean hasColours;
  private final boolean hasSigns;
  private final boolean isScreen;

  /// One where nothing can be redrawn, such as a file.
  public Console(PrintWriter out, PrintWriter err, boolean hasColours, Charset charset) {
    this(out, err, hasColours, charset, false);
  }

  private Console(
      PrintWriter out, PrintWriter err, boolean hasColours, Charset charset, boolean isScreen) {
    this.out = out;
    this.err = err;
    this.hasColours = hasColours;
    this.hasSigns = charset.newEncoder().canEncode('✓');
    this.isScreen = isScreen;
  }

  /// The console of this process; the launcher says whether it is a terminal, and
  /// whether colours are wanted there.
  public static Console ofProcess() {
    return new Console(
        new PrintWriter(System.out, true, System.out.charset()),
        new PrintWriter(System.err, true, System.err.charset()),
        Boolean.getBoolean("rekey.terminal"),
        System.out.charset(),
        Boolean.getBoolean("rekey.screen"));
  }

  public PrintWriter out() {
    return out;
  }

  public PrintWriter err() {
    return err;
  }

  public boolean hasColours() {
    return hasColours;
  }

  /// Whether results go to a terminal on which lines can be redrawn, with colours or without.
  boolean isScreen() {
    return isScreen;
  }

  public synchronized void line(String text) {
    out.println(text);
  }

  public synchronized void warn(String text) {
    err.println(yellow("! ") + text);
  }

  public synchronized void json(JsonNode node) {
    try {
      out.println(JSON.writeValueAsString(node));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON: a tree that cannot be written", e);
    }
  }

  /// An object whose last field is an array that may be too long to be held: its elements are
  /// written as they come.
  public synchronized void json(
      ObjectNode node, String arrayName, Consumer<Consumer<JsonNode>> elements) {
    try {
      JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter();
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.writeStartObject();
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        json.writeObjectField(field.getKey(), field.getValue());
      }
      json.writeArrayFieldStart(arrayName);
      elements.accept(each -> element(json, each));
      json.writeEndArray();
      json.writeEndObject();
      json.close();
      out.println();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void element(JsonGenerator json, JsonNode element) {
    try {
      json.writeTree(element);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A sign that something went as it should.
  public String check() {
    return green(hasSigns ? "✓" : "ok");
  }

  public String cross() {
    return red(hasSigns ? "✗" : "FAILED");
  }

  public String arrow() {
    return hasSigns ? "→" : "->";
  }

  public String bold(String text) {
    return styled("1", text);
  }

  public String dim(String text) {
    return styled("2", text);
  }

  public String red(String text) {
    return styled("31", text);
  }

  public String green(String text) {
    return styled("32", text);
  }

  public String yellow(String text) {
    return styled("33", text);
  }

  private String styled(String code, String text) {
    return hasColours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
