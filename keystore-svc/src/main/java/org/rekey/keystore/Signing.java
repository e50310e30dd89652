package org.rekey.keystore;

import static java.util.stream.Collectors.toUnmodifiableMap;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.rekey.keystore.files.KeyFile;
import org.rekey.keystore.key.KeyUnavailableException;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.verifier.key.Alg;

/// Signs claim sets for issuers. The header is written here, with the key that signs, so that no
/// race can mislabel a token; and a caller gets nothing signed that its ring does not stand for.
public final class Signing {
  private final Map<String, RingKeeper> rings;
  private final KeyHistory history;
  private final Duration readWithin;
  private final Alarms alarms;
  private final MeterRegistry meters;
  private final Map<RingAlg, Timer> timers = new ConcurrentHashMap<>();

  /// @param readWithin how long ago the key log may have been read to its end: beyond that another
  ///     keystore may have withdrawn the key
  public Signing(
      List<RingKeeper> rings,
      KeyHistory history,
      Duration readWithin,
      Alarms alarms,
      MeterRegistry meters) {
    this.history = history;
    this.readWithin = readWithin;
    this.rings =
        rings.stream()
            .collect(toUnmodifiableMap(keeper -> keeper.ring().name(), Function.identity()));
    this.alarms = alarms;
    this.meters = meters;
  }

  /// @param caller the name in the caller's certificate: an issuer signs with the ring of its name
  public SignOutcome sign(String caller, String ringName, byte[] claims) {
    var start = System.nanoTime();
    var keeper = rings.get(ringName);
    if (keeper == null || !caller.equals(ringName)) {
      return denied(caller, "caller %s may not sign with ring %s".formatted(caller, ringName));
    }
    var parsed = ClaimSet.parse(claims);
    if (parsed.isEmpty()) {
      return new SignOutcome.Malformed();
    }
    var ring = keeper.ring();
    if (!ring.issuer().equals(parsed.get().issuer())) {
      return denied(
          caller,
          "iss is not the issuer of ring %s (expected: %s)".formatted(ringName, ring.issuer()));
    }
    if (!parsed.get().isOf(ring.purpose())) {
      return denied(
          caller,
          "mender.user and mender.device are not those of ring %s (expected: %s)"
              .formatted(ringName, expectedClaims(ring)));
    }
    if (history.closed().isPresent()) {
      return new SignOutcome.NoKey(history.closed().get());
    }
    if (history.staleness().compareTo(readWithin) > 0) {
      return new SignOutcome.NoKey(
          "the key log could not be read for %d s: another keystore may have withdrawn the key (is the database there?)"
              .formatted(history.staleness().toSeconds()));
    }
    var signing = keeper.signing();
    if (signing.isEmpty()) {
      return new SignOutcome.NoKey(
          "ring %s has no key that can sign (activate one, or put its file back into %s)"
              .formatted(ringName, ring.directory()));
    }
    return signed(ringName, signing.get(), claims, start);
  }

  private SignOutcome signed(String ring, KeyFile file, byte[] claims, long start) {
    String token;
    try {
      token = file.key().compactJws(file.kid(), claims);
    } catch (KeyUnavailableException e) {
      return new SignOutcome.NoKey(
          "kid %d of ring %s cannot sign now: %s".formatted(file.kid(), ring, e.why()));
    }
    timers
        .computeIfAbsent(new RingAlg(ring, file.key().alg()), this::timer)
        .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    return new SignOutcome.Signed(token, file.kid());
  }

  private SignOutcome denied(String caller, String why) {
    alarms.raise(Alarms.Kind.SIGN_DENIED, caller, why);
    return new SignOutcome.Denied(why);
  }

  private static String expectedClaims(KeyRing ring) {
    return switch (ring.purpose()) {
      case USER -> "mender.user true, mender.device absent";
      case DEVICE -> "mender.device true, mender.user absent";
      case ARTIFACT -> "no token at all";
    };
  }

  private Timer timer(RingAlg key) {
    return Timer.builder("rekey.keystore.sign")
        .description("Time to check and sign a claim set")
        .tag("ring", key.ring())
        .tag("alg", key.alg().jwsName())
        .register(meters);
  }

  private record RingAlg(String ring, Alg alg) {}
}
