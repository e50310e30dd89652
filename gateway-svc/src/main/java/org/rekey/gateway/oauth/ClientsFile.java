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
import org.snakeyaml.engine.v2.nodes.NodeTuple;

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
    for (NodeTuple entry : file.root()) {
      if (!file.name(entry).equals("clients")) {
        file.problem(entry.getKeyNode(), file.name(entry) + " (expected: clients)");
        continue;
      }
      for (Node item : YamlFile.list(entry.getValueNode())) {
        client(item)
            .ifPresent(
                client -> {
                  if (clients.putIfAbsent(client.id(), client) != null) {
                    file.problem(item, "id: " + client.id() + " stands here twice");
                  }
                });
      }
    }
    return Clients.of(clients.values());
  }

  private Optional<OAuthClient> client(Node item) {
    int before = file.problems();
    String id = "";
    List<String> hashes = new ArrayList<>();
    Set<ClientRight> rights = EnumSet.noneOf(ClientRight.class);
    for (NodeTuple entry : file.mapping(item, "a client")) {
      switch (file.name(entry)) {
        case "id" -> id = file.text(entry.getValueNode());
        case "secret_sha256" -> hashes.addAll(hashes(entry.getValueNode()));
        case "may" -> {
          for (Node value : YamlFile.list(entry.getValueNode())) {
            right(value).ifPresent(rights::add);
          }
        }
        default ->
            file.problem(
                entry.getKeyNode(), file.name(entry) + " (expected: id, secret_sha256 or may)");
      }
    }
    if (!ClientId.isOne(id)) {
      file.problem(item, "id: \"" + id + "\" (expected: " + ClientId.EXPECTED + ")");
    }
    if (hashes.isEmpty() && file.problems() == before) {
      file.problem(item, "secret_sha256: missing (make a secret: rekey clients new " + id + ")");
    }
    if (rights.isEmpty() && file.problems() == before) {
      file.problem(item, "may: missing (expected: a list of " + ClientRight.all() + ")");
    }
    return file.problems() > before
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
