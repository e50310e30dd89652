package org.rekey.cli.mender;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.rekey.proto.useradm.v1.TakeOverRecord;
import org.rekey.proto.useradm.v1.TakeOverResult;
import org.rekey.proto.useradm.v1.TakeOverResult.Outcome;
import org.rekey.proto.useradm.v1.TakeOverToken;

/// Takes nothing, and says what can be said without asking anybody.
record DryRun(InstantSource clock) implements Destination {
  @Override
  public List<TakeOverResult> take(List<TakeOverRecord> records) {
    return records.stream()
        .map(record -> record.hasToken() && isExpired(record.getToken()))
        .map(isExpired -> isExpired ? Outcome.OUTCOME_EXPIRED : Outcome.OUTCOME_TAKEN)
        .map(outcome -> TakeOverResult.newBuilder().setOutcome(outcome).build())
        .toList();
  }

  private boolean isExpired(TakeOverToken token) {
    Timestamp at = token.getExpiresAt();
    return token.hasExpiresAt()
        && !Instant.ofEpochSecond(at.getSeconds(), at.getNanos()).isAfter(clock.instant());
  }
}
