package org.rekey.deviceauth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// Who may add devices. Anybody can make a key and an identity, so what nobody has decided on yet
/// is bounded, all together and for each source. What is known already is never asked about here.
///
/// Sources are counted by each replica for itself, in memory: with N replicas one source can add N
/// times as many, and a restart forgets. The bound on all together is in the database.
public final class NewDevices {
  private static final int MAX_REMEMBERED = 100_000;
  private static final int IPV6_NETWORK_BYTES = 8;
  private static final Duration UNTIL_SOMEBODY_DECIDES = Duration.ofMinutes(5);

  private final DeviceStore devices;
  private final Limits limits;
  private final TimeMeter time;
  private final MeterRegistry meters;
  private final Cache<String, Bucket> sources;

  public NewDevices(DeviceStore devices, Limits limits, InstantSource clock, MeterRegistry meters) {
    this.devices = devices;
    this.limits = limits;
    this.time = new ClockTime(clock);
    this.meters = meters;
    this.sources =
        Caffeine.newBuilder()
            .maximumSize(MAX_REMEMBERED)
            .ticker(time::currentTimeNanos)
            .expireAfterAccess(limits.perAddress().per().multipliedBy(2))
            .build();
  }

  /// Asks for a place for an identity that nobody has seen.
  ///
  /// @param address textual IPv4 or IPv6; anything else is one address
  /// @return how long to wait; empty: come in
  Optional<Duration> refuseDevice(String address) {
    if (limits.maxPending() > 0 && devices.pending() >= limits.maxPending()) {
      return Optional.of(tooManyPending());
    }
    return refuseKey(address);
  }

  /// What the database is told: a look at it beforehand turns a flood away, but others may take the
  /// place meanwhile.
  long maxPending() {
    return limits.maxPending();
  }

  Duration tooManyPending() {
    refused("pending");
    return UNTIL_SOMEBODY_DECIDES;
  }

  /// Asks for a place for a new key of a known identity.
  Optional<Duration> refuseKey(String address) {
    if (limits.perAddress().isOff()) {
      return Optional.empty();
    }
    ConsumptionProbe probe =
        sources.get(network(address), _ -> fresh()).tryConsumeAndReturnRemaining(1);
    if (probe.isConsumed()) {
      return Optional.empty();
    }
    refused("address");
    return Optional.of(Duration.ofNanos(probe.getNanosToWaitForRefill()));
  }

  /// A device has too many keys that nobody has decided on.
  Duration tooManyKeys() {
    refused("keys");
    return UNTIL_SOMEBODY_DECIDES;
  }

  private void refused(String reason) {
    meters.counter("rekey.devices.refused", "reason", reason).increment();
  }

  private Bucket fresh() {
    AddressLimit limit = limits.perAddress();
    return Bucket.builder()
        .addLimit(
            bandwidth ->
                bandwidth.capacity(limit.devices()).refillGreedy(limit.devices(), limit.per()))
        .withCustomTimePrecision(time)
        .build();
  }

  /// Whoever has one address of an IPv6 network has all of its 2⁶⁴.
  static String network(String address) {
    try {
      InetAddress parsed = InetAddress.ofLiteral(address);
      return parsed instanceof Inet6Address
          ? HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), IPV6_NETWORK_BYTES))
          : parsed.getHostAddress();
    } catch (IllegalArgumentException e) {
      return "unknown";
    }
  }

  /// @param maxPending devices that may wait for a decision; 0: any number
  /// @param perAddress new devices, and new keys of known ones, from one source
  public record Limits(long maxPending, AddressLimit perAddress) {}

  private record ClockTime(InstantSource clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      Instant now = clock.instant();
      return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }
}
