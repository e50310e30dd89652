package org.rekey.agent.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import org.rekey.agent.key.AgentKey;

/// Bytes with the signature over exactly these.
///
/// @param signature as it stands in `X-MEN-Signature`
@SuppressWarnings("ArrayRecordComponent") // never compared
record AuthRequest(byte[] body, String signature) {

  /// For a token.
  static AuthRequest of(Member member, AgentKey key) {
    return signed(body(member, key), key);
  }

  /// For the change to another key.
  ///
  /// @param proof the new key's, see [org.rekey.agent.key.KeyProof]
  static AuthRequest withProof(Member member, AgentKey key, String proof) {
    return signed(body(member, key).put("new_key_proof", proof), key);
  }

  private static ObjectNode body(Member member, AgentKey key) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("id_data", member.identity().json());
    body.put("tenant_token", member.tenantToken());
    body.put("pubkey", key.publicPem());
    if (!member.tier().isEmpty()) {
      body.put("tier", member.tier());
    }
    return body;
  }

  /// With the line feed that the Go client ends it with.
  private static AuthRequest signed(ObjectNode json, AgentKey key) {
    byte[] body = (json + "\n").getBytes(UTF_8);
    return new AuthRequest(body, Base64.getEncoder().encodeToString(key.sign(body)));
  }
}
