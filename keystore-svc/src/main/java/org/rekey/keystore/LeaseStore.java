package org.rekey.keystore;

import java.time.Instant;
import java.util.Collection;
import java.util.List;

/// Where reports outlive a restart of the keystore: a verifier that was live before still counts.
public interface LeaseStore {
  List<VerifierReport> all();

  void save(Collection<VerifierReport> reports);

  void forgetBefore(Instant reportedAt);
}
