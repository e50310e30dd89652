package org.rekey.deviceauth;

import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.deviceauth.key.KeyProof;
import org.rekey.verifier.serve.LiveTokens;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Devices change their keys when their owners order it: `docs/device-key-rotation.md`.
public final class KeyRotations {
  private static final Logger LOG = LoggerFactory.getLogger(KeyRotations.class);
  private static final int CHALLENGE_BYTES = 32;

  private final KeyRotationStore rotations;
  private final LiveTokens live;
  private final int minRsaBits;
  private final InstantSource clock;
  private final Supplier<UUID> ids;
  private final SecureRandom random;
  private final MeterRegistry meters;

  /// @param minRsaBits of the key that a device has; a new one is held to today's measure
  public KeyRotations(
      KeyRotationStore rotations,
      LiveTokens live,
      int minRsaBits,
      InstantSource clock,
      Supplier<UUID> ids,
      SecureRandom random,
      MeterRegistry meters) {
    this.rotations = rotations;
    this.live = live;
    this.minRsaBits = minRsaBits;
    this.clock = clock;
    this.ids = ids;
    this.random = random;
    this.meters = meters;
  }

  /// @param endTokens so that the device comes at its next call
  public KeyRotationStore.Ordered order(String deviceId, Duration validFor, boolean endTokens) {
    if (!Ids.isPossible(deviceId)) {
      return new KeyRotationStore.NotOrdered(KeyRotationStore.NoOrder.NO_DEVICE);
    }
    byte[] challenge = new byte[CHALLENGE_BYTES];
    random.nextBytes(challenge);
    KeyRotationStore.Ordered outcome =
        rotations.order(deviceId, challenge, clock.instant().plus(validFor), endTokens);
    if (outcome instanceof KeyRotationStore.OrderStands(var ended)) {
      ended.forEach(live::forget);
    }
    return outcome;
  }

  /// @return how many
  public long cancel(List<String> deviceIds) {
    return deviceIds.stream().filter(Ids::isPossible).filter(rotations::cancel).count();
  }

  public List<KeyRotation> list(List<String> deviceIds) {
    return rotations.list(deviceIds.stream().filter(Ids::isPossible).distinct().toList());
  }

  /// @param body as it arrived, byte for byte
  /// @param signature the text of the header; empty if there was none
  public Offer offer(byte[] body, String signature) {
    Offer offer =
        switch (AuthRequest.read(body, signature, minRsaBits)) {
          case AuthRequest.Malformed(String message) -> new Malformed(message);
          case AuthRequest.BadSignature() -> new BadSignature();
          case AuthRequest.Genuine(Identity identity, DeviceKey key, String proof) ->
              switch (KeyProof.read(proof)) {
                case KeyProof.Refused(String why) -> new Malformed("new_key_proof: " + why);
                case KeyProof.Proved(KeyProof proved) -> answer(identity, key, proved);
              };
        };
    meters.counter("rekey.auth.key.offers", "outcome", outcome(offer)).increment();
    return offer;
  }

  private Offer answer(Identity identity, DeviceKey key, KeyProof proof) {
    if (!proof.isAfter(key)) {
      return new Refused(KeyRotationStore.Rule.OTHER_KEY);
    }
    NewIds fresh =
        new NewIds(
            ids.get().toString(),
            ids.get().toString(),
            clock.instant().truncatedTo(ChronoUnit.MICROS));
    return switch (rotations.offer(identity, key, proof, fresh)) {
      case KeyRotationStore.Taken _ -> new Taken();
      case KeyRotationStore.NotTaken(var rule) -> new Refused(rule);
      case KeyRotationStore.OldNotAccepted(var status) -> new NotAuthorized(status);
      case KeyRotationStore.Conflict(String deviceId) -> {
        LOG.atWarn()
            .addKeyValue("device", deviceId)
            .log(
                "two new keys were offered for one device: somebody else has its key; the change"
                    + " is off, and both are refused");
        yield new Conflict();
      }
    };
  }

  private static String outcome(Offer offer) {
    return switch (offer) {
      case Taken _ -> "taken";
      case Refused _ -> "refused";
      case Conflict _ -> "conflict";
      case NotAuthorized _ -> "not_authorized";
      case BadSignature _ -> "bad_signature";
      case Malformed _ -> "malformed";
    };
  }

  /// What the device is told.
  public sealed interface Offer {}

  public record Taken() implements Offer {}

  public record Refused(KeyRotationStore.Rule rule) implements Offer {}

  public record Conflict() implements Offer {}

  public record NotAuthorized(AuthSetStatus status) implements Offer {}

  public record BadSignature() implements Offer {}

  /// @param message one line for the device's log
  public record Malformed(String message) implements Offer {}
}
