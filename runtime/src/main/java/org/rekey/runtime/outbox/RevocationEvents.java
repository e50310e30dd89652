package org.rekey.runtime.outbox;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.rekey.proto.auth.v1.TokenEvent;
import org.rekey.proto.auth.v1.TokenEvent.Cause;
import org.rekey.proto.auth.v1.TokenEvent.Revoked;

/// Tells all replicas of an issuer which tokens are live no more, in the transaction that ends
/// them: there is no revocation without its event, and no event without its revocation.
public final class RevocationEvents {
  private static final int IDS_IN_AN_EVENT = 1000;

  private final String topic;
  private final Outbox outbox;
  private final InstantSource clock;

  /// @param topic the issuer's, e.g. `rekey.deviceauth.token.v1`
  public RevocationEvents(String topic, Outbox outbox, InstantSource clock) {
    this.topic = topic;
    this.outbox = outbox;
    this.clock = clock;
  }

  /// @param subject whose tokens they are
  public void append(Handle handle, String subject, List<String> tokenIds, Cause cause) {
    for (int from = 0; from < tokenIds.size(); from += IDS_IN_AN_EVENT) {
      int to = Math.min(from + IDS_IN_AN_EVENT, tokenIds.size());
      append(
          handle,
          subject,
          revoked(cause).setSubject(subject).addAllTokenIds(tokenIds.subList(from, to)));
    }
  }

  public void appendEverything(Handle handle) {
    append(handle, "", revoked(Cause.CAUSE_REVOKED).setEverything(true));
  }

  private Revoked.Builder revoked(Cause cause) {
    Instant at = clock.instant();
    return Revoked.newBuilder()
        .setAt(Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()))
        .setCause(cause);
  }

  private void append(Handle handle, String key, Revoked.Builder revoked) {
    TokenEvent event = TokenEvent.newBuilder().setRevoked(revoked).build();
    outbox.append(handle, topic, key, event.toByteArray());
  }
}
