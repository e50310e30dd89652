package org.rekey.verifier.token;

import org.rekey.verifier.map.KnownKey;

/// What can be said of a token with the keys at hand.
public sealed interface Check {

  /// An answer that can be given to the caller.
  sealed interface Verdict extends Check {}

  /// Signed by a trusted key that may vouch for these claims, and in time. Whether it is live is
  /// asked elsewhere.
  record Verified(Claims claims, KnownKey key) implements Verdict {}

  /// Not good.
  record Refused(Reason reason) implements Verdict {}

  /// No verdict can be given here: the kid is not known and the log could not be asked, or the
  /// algorithm is one that this verifier leaves out. Another replica may know better.
  record Unavailable(String cause) implements Verdict {}

  /// The kid is not known here, so perhaps not known yet: [TokenVerifier#checkOrPull] asks. Only
  /// from [TokenVerifier#check].
  record UnknownKid(long kid) implements Check {}
}
