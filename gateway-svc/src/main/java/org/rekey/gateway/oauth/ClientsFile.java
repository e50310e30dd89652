package org.rekey.gateway.oauth;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.rekey.gateway.file.YamlFile;
import org.rekey.runtime.client.ClientId;
import org.rekey.runtime.client.ClientRight;
import org.rekey.runtime.config.SettingsException;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads the clients file (YAML 1.2) and reports everything that is wrong with it at once, each
/// with its line:
///
/// ```yaml
/// clients:
///   - id: billing
///     secret_sha256: 5e88…            # or a list of two, while the secret is exchanged
///     may: [introspect-users, revoke-users]
/// ```
public final class ClientsFile {
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final int MOST_SECRETS = 2;

  private final YamlFile file;

  private ClientsFile(YamlFile file) {
    this.file = file;
  }

  /// @throws SettingsException with a line for each problem
  public static Clients read(Path path) {
    YamlFile file = YamlFile.open(path, "the clients file");
    Clients clients = new ClientsFile(file).parse();
    file.throwProblems();
    return clients;
  }

  private Clients parse() {
    Map<String, OAuthClient> clients = new HashMap<>();
    Map<String, Node> parts =
        file.root()
            .map(root -> file.mapping(root, "the file", List.of("clients")))
            .orElse(Map.of());
    for (Node item :
        parts.containsKey("clients") ? YamlFile.list(parts.get("clients")) : List.<Node>of()) {
      client(item)
          .filter(client -> clients.putIfAbsent(client.id(), client) != null)
          .ifPresent(twice -> file.problem(item, "id: " + twice.id() + " stands here twice"));
    }
    return Clients.of(clients.values());
  }

  private Optional<OAuthClient> client(Node item) {
    int before = file.problemCount();
    Map<String, Node> says = file.mapping(item, "a client", List.of("id", "secret_sha256", "may"));
    String id = says.containsKey("id") ? file.text(says.get("id")) : "";
    List<String> hashes =
        says.containsKey("secret_sha256") ? hashes(says.get("secret_sha256")) : List.of();
    Set<ClientRight> rights = EnumSet.noneOf(ClientRight.class);
    if (says.containsKey("may")) {
      YamlFile.list(says.get("may")).forEach(value -> right(value).ifPresent(rights::add));
    }
    if (!ClientId.isOne(id)) {
      file.problem(item, "id: \"" + id + "\" (expected: " + ClientId.EXPECTED + ")");
    }
    if (hashes.isEmpty() && file.problemCount() == before) {
      file.problem(item, "secret_sha256: missing (make a secret: rekey clients new " + id + ")");
    }
    if (rights.isEmpty() && file.problemCount() == before) {
      file.problem(item, "may: missing (expected: a list of " + ClientRight.all() + ")");
    }
    return file.problemCount() > before
        ? Optional.empty()
        : Optional.of(new OAuthClient(id, hashes, rights));
  }

  /// Nothing of what stands here is told: it may be the secret itself.
  private List<String> hashes(Node values) {
    List<String> hashes = new ArrayList<>();
    for (Node value : YamlFile.list(values)) {
      String hash = file.text(value);
      if (HASH.matcher(hash).matches()) {
        hashes.add(hash);
      } else {
        file.problem(
            value,
            "secret_sha256: not a hash (expected: SHA-256 of the secret, 64 digits of 0-9 a-f)");
      }
    }
    if (hashes.size() > MOST_SECRETS) {
      file.problem(values, "secret_sha256: more than two (expected: the old and the new one)");
    }
    return hashes;
  }

  private Optional<ClientRight> right(Node value) {
    String text = file.text(value);
    Optional<ClientRight> right = ClientRight.of(text);
    if (right.isEmpty()) {
      file.problem(value, "may: " + text + " (expected: " + ClientRight.all() + ")");
    }
    return right;
  }
}
