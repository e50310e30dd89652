package org.rekey.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Base64;
import org.rekey.cli.CommandFailed;

/// A token as its holder sees it: it can be shown and read, and not be changed.
///
/// @param header the text of its header: no secret
record Token(String text, String header, String kid) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static Token of(String text) {
    try {
      String header =
          new String(Base64.getUrlDecoder().decode(text.substring(0, text.indexOf('.'))), UTF_8);
      JsonNode kid = JSON.readTree(header).path("kid");
      return new Token(text, header, kid.asText());
    } catch (JsonProcessingException
        | IllegalArgumentException
        | StringIndexOutOfBoundsException e) {
      throw new CommandFailed("the login's answer is no token", e);
    }
  }

  /// One character of the claims changed.
  String tampered() {
    int at = text.indexOf('.') + 5;
    return text.substring(0, at) + (text.charAt(at) == 'A' ? 'B' : 'A') + text.substring(at + 1);
  }

  /// The same claims with `alg` none and no signature.
  String unsigned() {
    String none =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"alg\":\"none\",\"typ\":\"JWT\"}".getBytes(UTF_8));
    return none + text.substring(text.indexOf('.'), text.lastIndexOf('.') + 1);
  }

  @Override
  public String toString() {
    return "Token[kid=" + kid + "]";
  }
}
