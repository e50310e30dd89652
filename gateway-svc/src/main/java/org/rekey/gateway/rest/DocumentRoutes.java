package org.rekey.gateway.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.rekey.gateway.http.Answers;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// The OpenAPI document of this API: written by hand as YAML, served as JSON, and held against the
/// [RouteTable] by a test.
final class DocumentRoutes {
  private static final Buffer DOCUMENT = Buffer.buffer(json());

  void get(Call call) {
    Answers.json(call.scope(), 200, DOCUMENT);
  }

  static byte[] json() {
    try (InputStream yaml = DocumentRoutes.class.getResourceAsStream("openapi.yaml")) {
      if (yaml == null) {
        throw new IllegalStateException("openapi.yaml: not on the class path");
      }
      Object document =
          new Load(LoadSettings.builder().setMaxAliasesForCollections(1000).build())
              .loadFromInputStream(yaml);
      return new ObjectMapper().writeValueAsBytes(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("openapi.yaml: cannot be written as JSON", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
