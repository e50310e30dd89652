package org.rekey.deviceauth;

import io.github.bucket4j.ConsumptionProbe;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.rekey.runtime.limit.Buckets;
import org.rekey.runtime.limit.ClientNetwork;
import org.rekey.runtime.limit.Rate;

/// Who may add devices. Anybody can make a key and an identity, so what nobody has decided on yet
/// is bounded, all together and for each source. What is known already is never asked about here.
///
/// Sources are counted by each replica for itself, in memory: with N replicas one source can add N
/// times as many, and a restart forgets. The bound on all together is in the database.
public final class NewDevices {
  private static final Duration UNTIL_SOMEBODY_DECIDES = Duration.ofMinutes(5);

  private final AuthRequestStore devices;
  private final Limits limits;
  private final MeterRegistry meters;
  private final Optional<Buckets> sources;

  public NewDevices(
      AuthRequestStore devices, Limits limits, InstantSource clock, MeterRegistry meters) {
    this.devices = devices;
    this.limits = limits;
    this.meters = meters;
    Rate rate = limits.perAddress();
    this.sources = rate.isOff() ? Optional.empty() : Optional.of(new Buckets(rate, clock));
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
    if (sources.isEmpty()) {
      return Optional.empty();
    }
    ConsumptionProbe probe =
        sources.get().of(ClientNetwork.of(address)).tryConsumeAndReturnRemaining(1);
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

  /// @param maxPending devices that may wait for a decision; 0: any number
  /// @param perAddress new devices, and new keys of known ones, from one source
  public record Limits(long maxPending, Rate perAddress) {}
}
