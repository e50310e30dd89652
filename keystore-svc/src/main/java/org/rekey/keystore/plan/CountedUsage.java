package org.rekey.keystore.plan;

import java.time.Instant;
import org.rekey.keystore.log.Impact;

/// What hangs on a kid, and when its issuer began to count it.
public record CountedUsage(TokenUsage usage, Instant countedAt) {
  public Impact impact() {
    return new Impact(
        usage.sessions(),
        usage.personalAccessTokens(),
        usage.deviceTokens(),
        usage.owners(),
        countedAt);
  }
}
