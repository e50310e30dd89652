package org.rekey.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Holds the OpenAPI document and the table of routes against each other, both ways.
class OpenApiTest {
  private static final Set<String> METHODS =
      Set.of("get", "put", "post", "delete", "options", "head", "patch", "trace");
  private static final String URI = "https://rekey.test/openapi.json";
  private static final JsonNode DOCUMENT = document();
  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(
          VersionFlag.V202012,
          builder ->
              builder.schemaLoaders(loaders -> loaders.schemas(Map.of(URI, DOCUMENT.toString()))));

  private static JsonNode document() {
    try {
      return new ObjectMapper().readTree(DocumentRoutes.json());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static Stream<RestRoute> routes() {
    return UnwiredTable.get().routes().stream();
  }

  private static JsonNode operation(RestRoute route) {
    return DOCUMENT
        .path("paths")
        .path(route.path().text())
        .path(route.method().name().toLowerCase(Locale.ROOT));
  }

  private static JsonNode resolved(JsonNode node) {
    JsonNode reference = node.path("$ref");
    return reference.isTextual() ? resolved(DOCUMENT.at(reference.asText().substring(1))) : node;
  }

  @Test
  void isAnOpenApiDocument() throws IOException {
    try (InputStream schema = OpenApiTest.class.getResourceAsStream("openapi-3.1.schema.json")) {
      JsonSchema openApi =
          JsonSchemaFactory.getInstance(VersionFlag.V202012)
              .getSchema(Objects.requireNonNull(schema));
      assertThat(openApi.validate(DOCUMENT)).isEmpty();
    }
  }

  @Test
  void itsSchemasAreSchemas() {
    JsonSchema metaSchema =
        JsonSchemaFactory.getInstance(VersionFlag.V202012)
            .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
    DOCUMENT
        .at("/components/schemas")
        .properties()
        .forEach(
            schema ->
                assertThat(metaSchema.validate(schema.getValue())).as(schema.getKey()).isEmpty());
  }

  @Test
  void everyReferenceHasATargetAndEveryTargetIsReferred() {
    Set<String> references = new HashSet<>();
    references(DOCUMENT, references);
    references.forEach(
        reference ->
            assertThat(DOCUMENT.at(reference.substring(1)).isMissingNode())
                .as(reference)
                .isFalse());
    Set<String> targets = new TreeSet<>();
    DOCUMENT
        .path("components")
        .properties()
        .forEach(
            kind ->
                kind.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        name -> targets.add("#/components/" + kind.getKey() + "/" + name)));
    targets.removeIf(target -> target.startsWith("#/components/securitySchemes/"));
    assertThat(references).containsAll(targets);
  }

  private static void references(JsonNode node, Set<String> into) {
    if (node.path("$ref").isTextual()) {
      into.add(node.path("$ref").asText());
    }
    node.forEach(child -> references(child, into));
  }

  @Test
  void hasEveryRouteAndNothingElse() {
    Map<String, String> inTable = new TreeMap<>();
    routes()
        .forEach(
            route -> inTable.put(route.method() + " " + route.path().text(), route.operationId()));
    Map<String, String> inDocument = new TreeMap<>();
    DOCUMENT
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        operation -> {
                          if (METHODS.contains(operation.getKey())) {
                            inDocument.put(
                                operation.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                operation.getValue().path("operationId").asText());
                          }
                        }));
    assertThat(inDocument).isEqualTo(inTable);
    assertThat(new HashSet<>(inDocument.values())).hasSameSizeAs(inDocument.values());
  }

  @ParameterizedTest
  @MethodSource("routes")
  void saysWhoMayCall(RestRoute route) {
    Set<Set<String>> alternatives = new HashSet<>();
    operation(route)
        .path("security")
        .forEach(
            alternative -> {
              Set<String> schemes = new HashSet<>();
              alternative.fieldNames().forEachRemaining(schemes::add);
              schemes.forEach(
                  scheme ->
                      assertThat(DOCUMENT.at("/components/securitySchemes").has(scheme)).isTrue());
              alternatives.add(schemes);
            });
    Set<Set<String>> expected =
        switch (route.access()) {
          case NONE -> route.operationId().equals("login") ? Set.of(Set.of("password")) : Set.of();
          case CLIENT -> Set.of(Set.of("client"));
          case USER -> Set.of(Set.of("userToken"), Set.of("userCookie"));
          case INTERNAL -> Set.of(Set.of("serviceCertificate"));
          case INTERNAL_USER ->
              Set.of(
                  Set.of("serviceCertificate", "userToken"),
                  Set.of("serviceCertificate", "userCookie"));
          case INTERNAL_DEVICE -> Set.of(Set.of("serviceCertificate", "deviceToken"));
        };
    assertThat(operation(route).has("security")).isTrue();
    assertThat(alternatives).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("routes")
  void saysWhatBodyIsTaken(RestRoute route) {
    JsonNode body = operation(route).path("requestBody");
    switch (route.body()) {
      case BodyRule.None _ -> assertThat(body.isMissingNode()).isTrue();
      case BodyRule.Json json -> isTaken(body, json.maxBytes(), ContentType.JSON);
      case BodyRule.Form form -> isTaken(body, form.maxBytes(), ContentType.FORM);
    }
  }

  private static void isTaken(JsonNode body, int maxBytes, String type) {
    assertThat(body.path("x-max-bytes").asInt()).isEqualTo(maxBytes);
    assertThat(body.path("content").fieldNames()).toIterable().containsExactly(type);
    assertThat(body.path("required").isBoolean()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("routes")
  void saysWhichPathParametersThereAre(RestRoute route) {
    List<String> names = new ArrayList<>();
    parameters(route)
        .forEach(
            (name, parameter) -> {
              if (parameter.path("in").asText().equals("path")) {
                names.add(name);
              }
            });
    assertThat(names).containsExactlyInAnyOrderElementsOf(route.path().parameters());
  }

  @ParameterizedTest
  @MethodSource("routes")
  void saysHowLongAPageIs(RestRoute route) {
    Map<String, JsonNode> parameters = parameters(route);
    assertThat(parameters.containsKey("page")).isEqualTo(route.paging().isPresent());
    route
        .paging()
        .ifPresent(
            limits -> {
              JsonNode perPage = Objects.requireNonNull(parameters.get("per_page")).path("schema");
              assertThat(perPage.path("maximum").asInt()).isEqualTo(limits.maxPerPage());
              assertThat(perPage.path("default").asInt()).isEqualTo(limits.perPage());
              assertThat(
                      resolved(operation(route).at("/responses/200")).path("headers").has("Link"))
                  .isTrue();
            });
  }

  private static Map<String, JsonNode> parameters(RestRoute route) {
    Map<String, JsonNode> parameters = new HashMap<>();
    JsonNode ofPath = DOCUMENT.path("paths").path(route.path().text()).path("parameters");
    for (JsonNode list : List.of(ofPath, operation(route).path("parameters"))) {
      list.forEach(
          parameter ->
              parameters.put(resolved(parameter).path("name").asText(), resolved(parameter)));
    }
    return parameters;
  }

  @ParameterizedTest
  @MethodSource("routes")
  void saysWhichErrorsThereAre(RestRoute route) {
    Set<String> expected = new HashSet<>(Set.of("400", "500"));
    if (route.access().token().isPresent()) {
      expected.addAll(Set.of("401", "403", "503"));
    }
    if (route.access().isInternal()) {
      expected.add("403");
    }
    if (route.access() == Access.CLIENT) {
      expected.addAll(Set.of("401", "403", "429", "503"));
    }
    if (!(route.body() instanceof BodyRule.None)) {
      expected.addAll(Set.of("413", "415"));
    }
    JsonNode responses = operation(route).path("responses");
    assertThat(responses.fieldNames()).toIterable().containsAll(expected);
    assertThat(responses.fieldNames()).toIterable().anyMatch(status -> status.startsWith("2"));
  }

  @ParameterizedTest
  @MethodSource("routes")
  void everyAnswerIsDescribed(RestRoute route) {
    operation(route)
        .path("responses")
        .properties()
        .forEach(
            entry -> {
              String name = route.operationId() + " " + entry.getKey();
              JsonNode response = resolved(entry.getValue());
              assertThat(response.path("description").asText()).as(name).isNotEmpty();
              assertThat(response.path("headers").has("X-MEN-RequestID")).as(name).isTrue();
              boolean empty = response.path("description").asText().contains("the body is empty");
              boolean conflict =
                  entry.getKey().equals("409") && route.operationId().equals("preauthorizeDevice");
              if (entry.getKey().compareTo("400") >= 0 && !empty && !conflict) {
                JsonNode schema = response.at("/content/application~1json/schema/$ref");
                assertThat(schema.asText()).as(name).isEqualTo("#/components/schemas/Error");
              }
            });
  }

  /// Every media type in the document, with where it is.
  static Stream<String> mediaTypes() {
    List<String> pointers = new ArrayList<>();
    mediaTypes(DOCUMENT, "", pointers);
    return pointers.stream();
  }

  private static void mediaTypes(JsonNode node, String pointer, List<String> into) {
    node.properties()
        .forEach(
            child -> {
              String below = pointer + "/" + child.getKey().replace("~", "~0").replace("/", "~1");
              if (child.getKey().equals("content")) {
                child
                    .getValue()
                    .fieldNames()
                    .forEachRemaining(type -> into.add(below + "/" + type.replace("/", "~1")));
              } else if (!child.getKey().startsWith("example")) {
                mediaTypes(child.getValue(), below, into);
              }
            });
  }

  @ParameterizedTest
  @MethodSource("mediaTypes")
  void everyExampleFitsItsSchema(String pointer) {
    JsonNode mediaType = DOCUMENT.at(pointer);
    List<JsonNode> examples = new ArrayList<>();
    mediaType.path("examples").forEach(example -> examples.add(example.path("value")));
    if (mediaType.has("example")) {
      examples.add(mediaType.path("example"));
    }
    assertThat(examples).isNotEmpty();
    JsonSchema schema = SCHEMAS.getSchema(SchemaLocation.of(URI + "#" + pointer + "/schema"));
    for (JsonNode example : examples) {
      Set<ValidationMessage> problems = schema.validate(example);
      assertThat(problems).isEmpty();
    }
  }
}
