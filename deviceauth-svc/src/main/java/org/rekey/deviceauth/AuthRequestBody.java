package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/// The JSON around the texts of an auth request. Its other members (`tenant_token`, `tier`) are
/// of no interest, whatever they are.
sealed interface AuthRequestBody {

  /// Empty texts for members that are not there.
  ///
  /// @param proof `new_key_proof`, see [org.rekey.deviceauth.key.KeyProof]
  record Read(String identity, String key, String proof) implements AuthRequestBody {}

  record Unreadable(String why) implements AuthRequestBody {}

  static AuthRequestBody read(byte[] json) {
    if (json.length > DeviceJson.MAX_TEXT) {
      return new Unreadable(
          "%d bytes (expected: at most %d)".formatted(json.length, DeviceJson.MAX_TEXT));
    }
    try (JsonParser parser =
        DeviceJson.parser(UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString())) {
      return read(parser);
    } catch (CharacterCodingException e) {
      return new Unreadable("no UTF-8");
    } catch (IOException e) {
      return new Unreadable("no JSON object, a name twice, or too many levels");
    }
  }

  private static AuthRequestBody read(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return new Unreadable("no JSON object");
    }
    String identity = "";
    String key = "";
    String proof = "";
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      boolean ours =
          name.equals("id_data") || name.equals("pubkey") || name.equals("new_key_proof");
      if (ours && value == JsonToken.VALUE_STRING) {
        switch (name) {
          case "pubkey" -> key = parser.getText();
          case "id_data" -> identity = parser.getText();
          default -> proof = parser.getText();
        }
      } else if (ours && value != JsonToken.VALUE_NULL) {
        return new Unreadable(name + ": no string");
      }
      parser.skipChildren();
    }
    return parser.nextToken() == null
        ? new Read(identity, key, proof)
        : new Unreadable("more than one JSON value");
  }
}
