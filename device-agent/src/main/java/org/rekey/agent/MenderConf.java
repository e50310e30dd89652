package org.rekey.agent;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rekey.agent.key.KeyName;
import org.rekey.pkcs11.Pkcs11Uri;
import org.rekey.pkcs11.UnusableTokenKeyException;

/// What a device is told by `mender.conf`, as far as it is about servers, keys and tokens. Other
/// members are for other programs and left alone.
///
/// @param servers URLs without a slash at the end, at least one
/// @param serverCertificate PEM, certificates that are trusted beside the system's
/// @param certificate PEM, for mutual TLS
/// @param certificateKey that of the certificate; it signs auth requests too, unless `authKey` does
/// @param authKey signs auth requests, in place of a key of the agent's own
/// @param longestWait between two attempts to get a token
public record MenderConf(
    List<String> servers,
    Optional<Path> serverCertificate,
    boolean skipVerify,
    String tenantToken,
    String tier,
    Optional<Path> certificate,
    Optional<KeyName> certificateKey,
    Optional<KeyName> authKey,
    Duration longestWait,
    boolean hasDbus) {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(JsonParser.Feature.ALLOW_COMMENTS);

  /// @param main its members win; may be missing if the other is there
  /// @param fallback may be missing
  /// @throws AgentFailure with every problem at once
  public static MenderConf read(Path main, Path fallback) {
    Optional<ObjectNode> first = object(main);
    Optional<ObjectNode> second = object(fallback);
    if (first.isEmpty() && second.isEmpty()) {
      throw new AgentFailure(
          "%s: not there, nor %s (expected: a mender.conf with ServerURL; or --server)"
              .formatted(main, fallback));
    }
    ObjectNode merged = second.orElseGet(JsonNodeFactory.instance::objectNode);
    first.ifPresent(merged::setAll);
    return of(merged, main.toString());
  }

  private static Optional<ObjectNode> object(Path file) {
    try {
      JsonNode json = JSON.readTree(Files.readString(file));
      if (json instanceof ObjectNode object) {
        return Optional.of(object);
      }
      throw new AgentFailure(file + ": no JSON object (expected: {\"ServerURL\": \"https://…\"})");
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new AgentFailure(
          "%s: line %d: no JSON (expected: {\"ServerURL\": \"https://…\"})"
              .formatted(file, e.getLocation() == null ? 0 : e.getLocation().getLineNr()),
          e);
    } catch (IOException e) {
      throw new AgentFailure(file + ": cannot be read (expected: readable for this user)", e);
    }
  }

  /// @param source for messages
  static MenderConf of(ObjectNode json, String source) {
    List<String> problems = new ArrayList<>();
    Reader reader = new Reader(json, problems);
    Optional<Path> certificate = reader.file("HttpsClient", "Certificate");
    Optional<KeyName> certificateKey = reader.key("HttpsClient", "Key");
    if (certificate.isPresent() != certificateKey.isPresent()) {
      problems.add("HttpsClient: one of Certificate and Key (expected: both, or neither)");
    }
    MenderConf conf =
        new MenderConf(
            reader.servers(),
            reader.file("ServerCertificate"),
            reader.flag("SkipVerify", false),
            reader.text("TenantToken"),
            reader.text("DeviceTier"),
            certificate,
            certificateKey,
            reader.key("Security", "AuthPrivateKey"),
            reader.seconds("RetryPollIntervalSeconds", LONGEST_WAIT),
            reader.dbus());
    reader.engine("HttpsClient");
    reader.engine("Security");
    if (!problems.isEmpty()) {
      throw new AgentFailure(source + ": " + String.join("; ", problems));
    }
    return conf;
  }

  /// Collects what is wrong instead of stopping at the first.
  private record Reader(ObjectNode json, List<String> problems) {
    private JsonNode at(String... names) {
      JsonNode node = json;
      for (String name : names) {
        node = node.path(name);
      }
      return node;
    }

    private String text(String... names) {
      JsonNode node = at(names);
      if (!node.isMissingNode() && !node.isNull() && !node.isTextual()) {
        problems.add(String.join(".", names) + ": no text (expected: one)");
      }
      return node.asText("");
    }

    private Optional<Path> file(String... names) {
      String text = text(names);
      return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
    }

    private Optional<KeyName> key(String... names) {
      String text = text(names);
      if (text.isEmpty()) {
        return Optional.empty();
      }
      if (!Pkcs11Uri.isOne(text)) {
        return Optional.of(new KeyName.InFile(Path.of(text)));
      }
      try {
        return Optional.of(new KeyName.OfToken(Pkcs11Uri.parse(text)));
      } catch (UnusableTokenKeyException e) {
        problems.add(String.join(".", names) + ": " + e.why());
        return Optional.empty();
      }
    }

    /// Keys in tokens are spoken to without OpenSSL, so its engines are only names here.
    private void engine(String object) {
      String engine = text(object, "SSLEngine");
      if (!engine.isEmpty() && !engine.equals("pkcs11")) {
        problems.add(
            object
                + ".SSLEngine: "
                + engine
                + " (expected: pkcs11, or nothing; a token of another kind has a PKCS#11 module"
                + " too)");
      }
    }

    private boolean flag(String name, boolean otherwise) {
      JsonNode node = at(name);
      if (!node.isMissingNode() && !node.isBoolean()) {
        problems.add(name + ": no boolean (expected: true or false)");
      }
      return node.asBoolean(otherwise);
    }

    private boolean dbus() {
      return at("DBus", "Enabled").asBoolean(true);
    }

    private Duration seconds(String name, Duration otherwise) {
      JsonNode node = at(name);
      if (node.isMissingNode()) {
        return otherwise;
      }
      if (!node.canConvertToInt() || node.asInt() < 0) {
        problems.add(name + ": " + node + " (expected: seconds, a whole number)");
        return otherwise;
      }
      return node.asInt() == 0 ? otherwise : Duration.ofSeconds(node.asInt());
    }

    private List<String> servers() {
      List<String> servers = new ArrayList<>();
      for (JsonNode each : at("Servers")) {
        servers.add(each.path("ServerURL").asText());
      }
      String one = text("ServerURL");
      if (!one.isEmpty() && !servers.isEmpty()) {
        problems.add("ServerURL and Servers (expected: one of them)");
      } else if (!one.isEmpty()) {
        servers.add(one);
      }
      if (servers.isEmpty()) {
        problems.add("ServerURL: missing (expected: https://HOST[:PORT])");
      }
      return servers.stream().map(this::url).toList();
    }

    private String url(String text) {
      try {
        URI uri = URI.create(text);
        if (uri.getHost() != null
            && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
          return text.replaceAll("/+$", "");
        }
      } catch (IllegalArgumentException e) {
        // Told below.
      }
      problems.add("ServerURL: " + text + " (expected: https://HOST[:PORT])");
      return text;
    }
  }
}
