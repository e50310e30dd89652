package org.rekey.e2e.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/// The document of the API, as a client sees it.
public final class OpenApi {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
  private static final String URI = "https://rekey.test/openapi.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode document;
  private final JsonSchemaFactory schemas;
  private final Map<String, Operation> operations = new TreeMap<>();

  /// @param internal on the internal port
  /// @param pointer where it is in the document
  record Operation(String method, String path, boolean internal, String pointer) {}

  private OpenApi(OpenApi whole, Predicate<String> paths) {
    this.document = whole.document;
    this.schemas = whole.schemas;
    whole.operations.forEach(
        (id, operation) -> {
          if (paths.test(operation.path())) {
            operations.put(id, operation);
          }
        });
  }

  private OpenApi(JsonNode document) {
    this.document = document;
    this.schemas =
        JsonSchemaFactory.getInstance(
            VersionFlag.V202012,
            builder ->
                builder.schemaLoaders(
                    loaders -> loaders.schemas(Map.of(URI, document.toString()))));
    document
        .path("paths")
        .properties()
        .forEach(path -> path.getValue().properties().forEach(entry -> read(path, entry)));
  }

  public static OpenApi parse(String json) {
    try {
      return new OpenApi(JSON.readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private void read(Map.Entry<String, JsonNode> path, Map.Entry<String, JsonNode> entry) {
    if (METHODS.contains(entry.getKey())) {
      operations.put(
          entry.getValue().path("operationId").asText(),
          new Operation(
              entry.getKey().toUpperCase(Locale.ROOT),
              path.getKey(),
              path.getValue().has("servers"),
              "/paths/" + escaped(path.getKey()) + "/" + entry.getKey()));
    }
  }

  /// The same with a part of its paths.
  public OpenApi only(Predicate<String> paths) {
    return new OpenApi(this, paths);
  }

  public Set<String> operations() {
    return operations.keySet();
  }

  Operation operation(String id) {
    Operation operation = operations.get(id);
    if (operation == null) {
      throw new IllegalArgumentException(id + ": not an operation of the document");
    }
    return operation;
  }

  /// Operations that take a JSON body.
  public Set<String> withBody() {
    Set<String> ids = new TreeSet<>(operations.keySet());
    ids.removeIf(id -> !document.at(operation(id).pointer()).has("requestBody"));
    return ids;
  }

  /// The example of an operation's body.
  public String exampleBody(String id) {
    return document
        .at(operation(id).pointer() + "/requestBody/content/application~1json/example")
        .toString();
  }

  /// Whether an operation is on the internal port.
  public boolean isInternal(String id) {
    return operation(id).internal();
  }

  /// The path of an operation, with its parameters in braces.
  public String path(String id) {
    return operation(id).path();
  }

  /// The limit of an operation's body.
  public int maxBytes(String id) {
    return document.at(operation(id).pointer() + "/requestBody/x-max-bytes").asInt();
  }

  /// `operation status`, for everything that the document says can be answered.
  public Set<String> answers() {
    Set<String> answers = new TreeSet<>();
    operations.forEach(
        (id, operation) ->
            document
                .at(operation.pointer() + "/responses")
                .fieldNames()
                .forEachRemaining(status -> answers.add(id + " " + status)));
    return answers;
  }

  /// Fails unless the answer is one that the document describes: status, headers, type, body.
  void check(String id, HttpResponse<String> response) {
    String name = id + " " + response.statusCode();
    String pointer = resolved(operation(id).pointer() + "/responses/" + response.statusCode());
    JsonNode described = document.at(pointer);
    assertThat(described.isObject()).as(name + " is described").isTrue();
    described
        .path("headers")
        .fieldNames()
        .forEachRemaining(header -> checkHeader(name, pointer, header, response));
    if (described.has("content") && !isWithoutBody(described, response)) {
      checkBody(name, pointer, response);
    } else {
      assertThat(response.body()).as(name + " has no body").isEmpty();
    }
  }

  /// Some answers have a body in one case and none in another; their descriptions say so.
  private static boolean isWithoutBody(JsonNode described, HttpResponse<String> response) {
    return described.path("description").asText().contains("without a body")
        && response.headers().firstValue("Content-Type").isEmpty();
  }

  private void checkHeader(
      String name, String pointer, String header, HttpResponse<String> response) {
    String at = resolved(pointer + "/headers/" + header);
    List<String> values = response.headers().allValues(header);
    if (document.at(at).path("required").asBoolean(false)) {
      assertThat(values).as(name + " has " + header).isNotEmpty();
    }
    for (String value : values) {
      assertThat(schema(at).validate(TextNode.valueOf(value))).as(name + " " + header).isEmpty();
    }
  }

  private void checkBody(String name, String pointer, HttpResponse<String> response) {
    String header = response.headers().firstValue("Content-Type").orElse("");
    String type = header.replaceFirst("; charset=utf-8$", "");
    JsonNode content = document.at(pointer + "/content");
    assertThat(content.has(type)).as(name + " may be " + header).isTrue();
    JsonNode body = type.endsWith("json") ? json(response.body()) : text(response);
    assertThat(schema(pointer + "/content/" + escaped(type)).validate(body))
        .as(name + " " + response.body())
        .isEmpty();
  }

  private static JsonNode text(HttpResponse<String> response) {
    return TextNode.valueOf(response.body());
  }

  static JsonNode json(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + body, e);
    }
  }

  private JsonSchema schema(String pointer) {
    return schemas.getSchema(SchemaLocation.of(URI + "#" + pointer + "/schema"));
  }

  private String resolved(String pointer) {
    JsonNode reference = document.at(pointer).path("$ref");
    return reference.isTextual() ? resolved(reference.asText().substring(1)) : pointer;
  }

  private static String escaped(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }
}
