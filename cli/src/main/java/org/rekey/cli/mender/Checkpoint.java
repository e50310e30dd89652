package org.rekey.cli.mender;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.rekey.cli.local.AtomicFile;

/// How far an import has come, in a file beside the dump: whatever ends it, it goes on from there.
/// What was done after the last checkpoint is done again, which changes nothing.
///
/// @param target what it is imported into
/// @param isAtTokens users are done
/// @param offset of the next line, in bytes
/// @param line the number of the last line that is done
/// @param tokens how many lines with tokens there are; known once users are done
record Checkpoint(
    String target, boolean isAtTokens, long offset, long line, long tokens, Tally tally) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Checkpoint start(String target) {
    return new Checkpoint(target, false, 0, 0, 0, new Tally());
  }

  Checkpoint at(long offset, long line, long tokens) {
    return new Checkpoint(target, isAtTokens, offset, line, tokens, tally);
  }

  /// Back at the beginning, for the second pass.
  Checkpoint atTokens() {
    return new Checkpoint(target, true, 0, 0, tokens, tally);
  }

  static Path fileOf(DumpFile dump) {
    Path path = dump.path().toAbsolutePath();
    return path.resolveSibling(path.getFileName() + ".rekey-import");
  }

  /// Empty when there is none of this dump into this target, or none that can be read.
  static Optional<Checkpoint> read(DumpFile dump, String target) {
    Path file = fileOf(dump);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(file.toFile());
      long offset = json.path("offset").longValue();
      boolean isOfThis =
          json.path("target").asText().equals(target)
              && json.path("size").longValue() == dump.size()
              && json.path("fingerprint").asText().equals(dump.fingerprint())
              && offset >= 0
              && offset <= dump.size();
      return isOfThis
          ? Optional.of(
              new Checkpoint(
                  target,
                  json.path("at_tokens").booleanValue(),
                  offset,
                  json.path("line").longValue(),
                  json.path("tokens").longValue(),
                  Tally.fromJson(json.path("tally"))))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void write(DumpFile dump) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("target", target)
        .put("size", dump.size())
        .put("fingerprint", dump.fingerprint())
        .put("at_tokens", isAtTokens)
        .put("offset", offset)
        .put("line", line)
        .put("tokens", tokens)
        .set("tally", tally.json());
    AtomicFile.writePrivate(fileOf(dump), json + "\n");
  }

  static void delete(DumpFile dump) {
    try {
      Files.deleteIfExists(fileOf(dump));
    } catch (IOException e) {
      throw new UncheckedIOException(fileOf(dump) + ": cannot be deleted", e);
    }
  }
}
