package org.rekey.gateway.oauth;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.TreeMap;
import org.rekey.proto.auth.v1.ListVerificationKeysResponse;
import org.rekey.proto.auth.v1.VerificationKey;

/// The keys under which an issuer's tokens are good, now.
///
/// @param issuer `iss` of its tokens; empty when no key verifies
/// @param epoch of the last key event that has gone into it
/// @param algs of its keys, in alphabetical order
/// @param jwks as a JWK set (RFC 7517 §5)
public record KeySet(String issuer, long epoch, List<String> algs, String jwks) {

  static KeySet of(ListVerificationKeysResponse answer) {
    ObjectNode jwks = JsonNodeFactory.instance.objectNode();
    ArrayNode keys = jwks.putArray("keys");
    answer.getKeysList().forEach(key -> keys.add(jwk(key)));
    return new KeySet(
        answer.getIssuer(),
        answer.getEpoch(),
        answer.getKeysList().stream().map(VerificationKey::getAlg).distinct().sorted().toList(),
        jwks.toString());
  }

  /// The thumbprint is a member of our own: RFC 7638 names none, and `x5t` is of certificates.
  private static ObjectNode jwk(VerificationKey key) {
    ObjectNode jwk = JsonNodeFactory.instance.objectNode();
    jwk.put("kid", key.getKid());
    jwk.put("use", "sig");
    jwk.put("alg", key.getAlg());
    new TreeMap<>(key.getJwkMap()).forEach(jwk::put);
    jwk.put("rekey_thumbprint", key.getThumbprint());
    return jwk;
  }
}
