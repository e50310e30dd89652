package org.rekey.bench.devices;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;

/// One device.
///
/// @param id what the service calls it, if the benchmark has put it into the table
/// @param authSetId of its one key, likewise
/// @param tokenId of its first token, likewise
/// @param identity a JSON object in the canonical form
record Device(String id, String authSetId, String tokenId, String identity, KeyPool.Key key) {

  /// As the real client writes it.
  SignedRequest authRequest() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("id_data", identity);
    body.put("tenant_token", "");
    body.put("pubkey", key.pem());
    byte[] bytes = (body + "\n").getBytes(UTF_8);
    return new SignedRequest(bytes, Base64.getEncoder().encodeToString(key.sign(bytes)));
  }
}
