package org.rekey.gateway.route;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.file.YamlFile;
import org.rekey.gateway.upload.UploadCheck;
import org.snakeyaml.engine.v2.nodes.Node;

/// One entry of a routes file, or its `defaults`.
final class RouteReader {
  /// All that can be said of a route; the second half also as a default for all of them.
  static final List<String> OF_A_ROUTE =
      List.of(
          "path",
          "upstream",
          "rewrite",
          "audience",
          "protocol",
          "artifact_keys",
          "connect_timeout",
          "answer_timeout",
          "idle_timeout",
          "tunnel_timeout",
          "body_limit",
          "health",
          "health_interval",
          "ca",
          "server_name",
          "connections");

  static final List<String> OF_ALL = OF_A_ROUTE.subList(6, OF_A_ROUTE.size());

  private static final Duration LONGEST = Duration.ofDays(7);
  private static final String PLAIN_PATH = "a path without dots, escapes of letters, // or ;";

  private final YamlFile yaml;
  private final Path file;
  private final Map<String, Node> own = new LinkedHashMap<>();
  private final Map<String, Node> defaults;

  /// @param defaults what counts where the route says nothing
  RouteReader(YamlFile yaml, Path file, Map<String, Node> own, Map<String, Node> defaults) {
    this.yaml = yaml;
    this.file = file.toAbsolutePath();
    this.own.putAll(own);
    this.defaults = defaults;
  }

  /// Null when something is wrong with it, which has been reported then.
  @Nullable Route read(Node item) {
    int before = yaml.problemCount();
    String path = path(item);
    Optional<Audience> audience = audience(item, path);
    String rewrite = rewrite(path);
    Protocol protocol = protocol();
    List<Upstream> upstreams = upstreams(item, protocol);
    Transport transport =
        new Transport(
            protocol, time("connect_timeout"), ca(upstreams), serverName(upstreams), connections());
    Patience patience =
        new Patience(
            time("answer_timeout", Patience.DEFAULT.answer()),
            time("idle_timeout", Patience.DEFAULT.idle()),
            time("tunnel_timeout", Patience.DEFAULT.tunnel()));
    long bodyLimit = bodyLimit();
    Optional<HealthCheck> health = health(item);
    Optional<UploadCheck> uploads = uploads();
    return yaml.problemCount() > before
        ? null
        : new Route(
            path,
            audience,
            rewrite,
            upstreams,
            transport,
            patience,
            bodyLimit,
            health,
            uploads,
            new AtomicInteger());
  }

  private String path(Node item) {
    Node node = own.get("path");
    if (node == null) {
      yaml.problem(item, "path: missing (expected: which requests this route serves)");
      return "";
    }
    String path = yaml.text(node);
    if (!isPlain(path)) {
      yaml.problem(node, "path: " + path + " (expected: " + PLAIN_PATH + ")");
      return "";
    }
    if (path.equals("/api/internal") || path.startsWith("/api/internal/")) {
      yaml.problem(node, "path: " + path + " (/api/internal is never served to the outside)");
      return "";
    }
    return path;
  }

  private static boolean isPlain(String path) {
    return RequestPath.of(path).filter(plain -> plain.query().isEmpty()).isPresent();
  }

  private Optional<Audience> audience(Node item, String path) {
    Node node = own.get("audience");
    Optional<Audience> byPath = RequestPath.of(path).flatMap(Audience::of);
    if (node == null) {
      if (byPath.isEmpty() && !path.isEmpty()) {
        yaml.problem(
            item,
            "audience: missing (expected: users, devices or anyone; only below /api/management"
                + " and /api/devices does the path say it)");
      }
      return byPath;
    }
    String text = yaml.text(node);
    Optional<Audience> named =
        switch (text) {
          case "users" -> Optional.of(Audience.USERS);
          case "devices" -> Optional.of(Audience.DEVICES);
          default -> Optional.empty();
        };
    if (named.isEmpty() && !text.equals("anyone")) {
      yaml.unknown(node, "audience: ", text, List.of("users", "devices", "anyone"));
    } else if (named.isPresent() && byPath.isPresent() && !named.equals(byPath)) {
      yaml.problem(
          node,
          "audience: %s (%s is for %s)".formatted(text, byPath.get().prefix(), word(byPath.get())));
    }
    return named;
  }

  private static String word(Audience audience) {
    return switch (audience) {
      case USERS -> "users";
      case DEVICES -> "devices";
    };
  }

  private String rewrite(String path) {
    Node node = own.get("rewrite");
    if (node == null) {
      return path;
    }
    String rewrite = yaml.text(node);
    if (!isPlain(rewrite)) {
      yaml.problem(node, "rewrite: " + rewrite + " (expected: " + PLAIN_PATH + ")");
    }
    return rewrite;
  }

  private Protocol protocol() {
    Node node = own.get("protocol");
    String text = node == null ? "http1" : yaml.text(node);
    return switch (text) {
      case "http1" -> Protocol.HTTP1;
      case "h2c" -> Protocol.H2C;
      case "h2" -> Protocol.H2;
      default -> {
        yaml.unknown(node, "protocol: ", text, List.of("http1", "h2c", "h2"));
        yield Protocol.HTTP1;
      }
    };
  }

  private List<Upstream> upstreams(Node item, Protocol protocol) {
    List<Upstream> upstreams = new ArrayList<>();
    Node node = own.get("upstream");
    if (node == null) {
      yaml.problem(item, "upstream: missing (expected: http://host:port, or a list of them)");
      return upstreams;
    }
    for (Node value : YamlFile.list(node)) {
      upstream(value, protocol, upstreams);
    }
    if (YamlFile.list(node).isEmpty()) {
      yaml.problem(node, "upstream: an empty list (expected: http://host:port)");
    }
    return upstreams;
  }

  private void upstream(Node value, Protocol protocol, List<Upstream> upstreams) {
    try {
      Upstream upstream = Upstream.parse(yaml.text(value));
      if (protocol == Protocol.H2C && upstream.tls()) {
        yaml.problem(value, "upstream: https with protocol h2c (expected: http://, or h2)");
      } else if (protocol == Protocol.H2 && !upstream.tls()) {
        yaml.problem(value, "upstream: http with protocol h2 (expected: https://, or h2c)");
      } else if (upstreams.contains(upstream)) {
        yaml.problem(value, "upstream: " + yaml.text(value) + " stands here twice");
      } else {
        upstreams.add(upstream);
      }
    } catch (IllegalArgumentException e) {
      yaml.problem(value, "upstream: " + e.getMessage());
    }
  }

  private Optional<UpstreamAuthorities> ca(List<Upstream> upstreams) {
    Node node = find("ca");
    if (node == null || isDefaultOfPlain("ca", upstreams)) {
      return Optional.empty();
    }
    needsTls(node, "ca", upstreams);
    try {
      return Optional.of(UpstreamAuthorities.read(file.resolveSibling(yaml.text(node))));
    } catch (IllegalArgumentException e) {
      yaml.problem(node, "ca: " + e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<String> serverName(List<Upstream> upstreams) {
    Node node = find("server_name");
    if (node == null || isDefaultOfPlain("server_name", upstreams)) {
      return Optional.empty();
    }
    needsTls(node, "server_name", upstreams);
    String name = yaml.text(node);
    if (!name.matches("[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*")) {
      yaml.problem(node, "server_name: " + name + " (expected: a DNS name)");
    }
    return Optional.of(name);
  }

  private void needsTls(Node node, String key, List<Upstream> upstreams) {
    if (upstreams.stream().anyMatch(upstream -> !upstream.tls())) {
      yaml.problem(node, key + ": but there is an upstream without TLS (expected: https://)");
    }
  }

  /// A default for those with TLS says nothing to those without.
  private boolean isDefaultOfPlain(String key, List<Upstream> upstreams) {
    return !own.containsKey(key) && upstreams.stream().noneMatch(Upstream::tls);
  }

  private int connections() {
    Node node = find("connections");
    if (node == null) {
      return Transport.DEFAULT.connections();
    }
    String text = yaml.text(node);
    if (!text.matches("[1-9][0-9]{0,4}")) {
      yaml.problem(node, "connections: " + text + " (expected: a number from 1 to 99999)");
      return 1;
    }
    return Integer.parseInt(text);
  }

  private long bodyLimit() {
    Node node = find("body_limit");
    if (node == null || yaml.text(node).equals("off")) {
      return Route.ANY_LENGTH;
    }
    String text = yaml.text(node);
    return Amounts.bytes(text)
        .orElseGet(
            () -> {
              yaml.problem(node, "body_limit: " + text + " (expected: a size as in 10MiB, or off)");
              return Route.ANY_LENGTH;
            });
  }

  private Optional<HealthCheck> health(Node item) {
    Node node = find("health");
    Duration interval = time("health_interval", HealthCheck.INTERVAL);
    if (node == null) {
      if (own.containsKey("health_interval")) {
        yaml.problem(item, "health_interval: without health (expected: health: /path)");
      }
      return Optional.empty();
    }
    String path = yaml.text(node);
    if (RequestPath.of(path).isEmpty()) {
      yaml.problem(node, "health: " + path + " (expected: " + PLAIN_PATH + ")");
    }
    return Optional.of(new HealthCheck(path, interval));
  }

  private Optional<UploadCheck> uploads() {
    Node node = own.get("artifact_keys");
    if (node == null) {
      return Optional.empty();
    }
    Path keys = file.resolveSibling(yaml.text(node));
    try {
      return Optional.of(UploadCheck.read(keys));
    } catch (IOException e) {
      yaml.problem(
          node,
          "artifact_keys: %s: cannot be read (expected: public keys, PEM; rekey artifact public-key prints them)"
              .formatted(keys));
    } catch (IllegalArgumentException e) {
      yaml.problem(node, "artifact_keys: %s: %s".formatted(keys, e.getMessage()));
    }
    return Optional.empty();
  }

  private Duration time(String key, Duration otherwise) {
    return time(key).orElse(otherwise);
  }

  private Optional<Duration> time(String key) {
    Node node = find(key);
    if (node == null) {
      return Optional.empty();
    }
    String text = yaml.text(node);
    Optional<Duration> time = Amounts.time(text).filter(some -> some.compareTo(LONGEST) <= 0);
    if (time.isEmpty()) {
      yaml.problem(node, key + ": " + text + " (expected: a time as in 30s or 2h, at most 7d)");
    }
    return time;
  }

  private @Nullable Node find(String key) {
    return own.getOrDefault(key, defaults.get(key));
  }
}
