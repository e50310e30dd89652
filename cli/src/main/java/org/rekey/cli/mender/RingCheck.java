package org.rekey.cli.mender;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.proto.keystore.v1.ListKeysResponse;

/// Whether tokens that were taken over can be good here: that needs the keys that signed them, and
/// the same issuer.
///
/// @param issuer what the ring signs for
/// @param trusted the kids of its keys that verify
record RingCheck(String issuer, Set<Long> trusted, String directory) {
  private static final String RING = "useradm";

  static RingCheck of(Operator operator) {
    ListKeysResponse answer =
        operator.keys().listKeys(ListKeysRequest.newBuilder().setRing(RING).build());
    Set<Long> trusted =
        answer.getKeysList().stream()
            .filter(
                key ->
                    key.getState() != KeyState.KEY_STATE_RETIRED
                        && key.getState() != KeyState.KEY_STATE_COMPROMISED)
            .map(Key::getKid)
            .collect(Collectors.toSet());
    return answer.getRingsList().stream()
        .filter(ring -> ring.getName().equals(RING))
        .map(ring -> new RingCheck(ring.getIssuer(), trusted, ring.getDirectory()))
        .findFirst()
        .orElse(new RingCheck("", trusted, ""));
  }

  List<String> notes(Set<String> issuers, Set<Long> kids) {
    List<String> notes = new ArrayList<>();
    Set<Long> missing = new TreeSet<>(kids);
    missing.removeAll(trusted);
    if (!missing.isEmpty()) {
      String list = missing.stream().map(String::valueOf).collect(Collectors.joining(", "));
      notes.add(
          "kid %s: tokens were taken over, but no key verifies them (expected: Mender's files in %s)"
              .formatted(list, directory));
    }
    Set<String> others = new TreeSet<>(issuers);
    others.remove(issuer);
    others.remove("");
    if (!others.isEmpty()) {
      notes.add(
          "tokens of the issuer %s are not good here (expected: %s; see USERADM_JWT_ISSUER)"
              .formatted(String.join(", ", others), issuer));
    }
    return notes;
  }
}
