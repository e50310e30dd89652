package org.rekey.gateway.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vertx.core.buffer.Buffer;

/// Answers with one member.
final class Small {
  private Small() {}

  static Buffer json(String name, long value) {
    return Buffer.buffer(JsonNodeFactory.instance.objectNode().put(name, value).toString());
  }

  static Buffer json(String name, String value) {
    return Buffer.buffer(JsonNodeFactory.instance.objectNode().put(name, value).toString());
  }
}
