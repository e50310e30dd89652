package org.rekey.e2e.platform;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What stands behind the gateway in the tests.
final class Upstreams {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BIG = "/big/";

  private Upstreams() {}

  /// Answers with what it saw: method, target, headers, the length and SHA-256 of the body. A path
  /// that ends in `/big/N` is answered with N zero bytes.
  static void echo(HttpExchange exchange) throws IOException {
    String target = exchange.getRequestURI().toString();
    long length;
    String hash;
    try (InputStream body = exchange.getRequestBody()) {
      DigestInputStream digested = new DigestInputStream(body, sha256());
      length = digested.transferTo(OutputStream.nullOutputStream());
      hash = HexFormat.of().formatHex(digested.getMessageDigest().digest());
    }
    int big = target.indexOf(BIG);
    if (big >= 0) {
      sendZeros(exchange, Long.parseLong(target.substring(big + BIG.length())));
      return;
    }
    ObjectNode seen = JSON.createObjectNode();
    seen.put("method", exchange.getRequestMethod());
    seen.put("target", target);
    seen.put("length", length);
    seen.put("sha256", hash);
    ObjectNode headers = seen.putObject("headers");
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> headers.put(name, String.join(", ", values)));
    byte[] answer = JSON.writeValueAsBytes(seen);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, answer.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(answer);
    }
  }

  private static void sendZeros(HttpExchange exchange, long bytes) throws IOException {
    exchange.sendResponseHeaders(200, bytes);
    byte[] zeros = new byte[64 * 1024];
    try (OutputStream out = exchange.getResponseBody()) {
      for (long left = bytes; left > 0; left -= Math.min(left, zeros.length)) {
        out.write(zeros, 0, (int) Math.min(left, zeros.length));
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
