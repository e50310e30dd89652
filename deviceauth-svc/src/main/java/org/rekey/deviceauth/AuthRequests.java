package org.rekey.deviceauth;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.verifier.serve.LiveTokens;
import org.rekey.verifier.serve.TokenSigner;
import org.rekey.verifier.token.CertificateThumbprint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Devices that ask for tokens. Most of them wait to be accepted and ask again and again, with the
/// same bytes; they cost a signature check and one query.
public final class AuthRequests {
  private static final Logger LOG = LoggerFactory.getLogger(AuthRequests.class);

  /// Others may change a device while it asks; each time it is looked at anew.
  private static final int ATTEMPTS = 10;

  /// The real client sends two requests at once while it waits, and uses either token.
  private static final int TOKENS_OF_AN_AUTH_SET = 2;

  private final AuthRequestStore devices;
  private final TokenStore tokens;
  private final NewDevices newDevices;
  private final TokenSigner signer;
  private final LiveTokens live;
  private final Policy policy;
  private final InstantSource clock;
  private final Supplier<UUID> ids;
  private final MeterRegistry meters;

  public AuthRequests(
      AuthRequestStore devices,
      TokenStore tokens,
      NewDevices newDevices,
      TokenSigner signer,
      LiveTokens live,
      Policy policy,
      InstantSource clock,
      Supplier<UUID> ids,
      MeterRegistry meters) {
    this.devices = devices;
    this.tokens = tokens;
    this.newDevices = newDevices;
    this.signer = signer;
    this.live = live;
    this.policy = policy;
    this.clock = clock;
    this.ids = ids;
    this.meters = meters;
  }

  /// @param body as it arrived, byte for byte
  /// @param signature the text of the header; empty if there was none
  /// @param address the client's; see [NewDevices]
  /// @param certificate null: it has shown none
  public Answer authenticate(
      byte[] body, String signature, String address, @Nullable CertificateEvidence certificate) {
    Answer answer;
    try {
      answer =
          switch (AuthRequest.read(body, signature, policy.minRsaBits())) {
            case AuthRequest.Malformed(String message) -> new Malformed(message);
            case AuthRequest.BadSignature() -> new BadSignature();
            case AuthRequest.Genuine(Identity identity, DeviceKey key, _) ->
                answer(identity, key, address, certificate);
          };
    } catch (RuntimeException e) {
      count("failed");
      throw e;
    }
    count(
        switch (answer) {
          case Issued _ -> "issued";
          case NotAuthorized _ -> "not_authorized";
          case TooMany _ -> "too_many";
          case BadSignature _ -> "bad_signature";
          case Malformed _ -> "malformed";
          case Mismatch _ -> "certificate_mismatch";
          case Away _ -> "away";
        });
    return answer;
  }

  private Answer answer(
      Identity identity, DeviceKey key, String address, @Nullable CertificateEvidence certificate) {
    if (certificate != null) {
      Optional<String> mismatch = certificate.mismatch(identity, key);
      if (mismatch.isPresent()) {
        return new Mismatch(mismatch.get());
      }
    }
    boolean admitted = false;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      AuthRequestStore.Standing standing = devices.find(identity, key);
      if (!admitted && !(standing instanceof AuthRequestStore.Known)) {
        Optional<Duration> wait =
            standing instanceof AuthRequestStore.NewDevice && certificate == null
                ? newDevices.refuseDevice(address)
                : newDevices.refuseKey(address);
        if (wait.isPresent()) {
          return new TooMany(wait.get());
        }
        admitted = true;
      }
      Answer answer =
          certificate == null
              ? uncertified(standing, identity, key)
              : certified(standing, identity, key, certificate);
      if (answer != null) {
        return answer;
      }
    }
    return new Away("the device is being changed all the time");
  }

  /// Null, here and below: something has changed meanwhile.
  private @Nullable Answer uncertified(
      AuthRequestStore.Standing standing, Identity identity, DeviceKey key) {
    return switch (standing) {
      case AuthRequestStore.NewDevice _ -> add(identity, key);
      case AuthRequestStore.NewKey(String deviceId) -> requested(deviceId, key);
      case AuthRequestStore.Known known ->
          switch (known.status()) {
            case PENDING, REJECTED -> {
              if (known.retired() && known.status() == AuthSetStatus.REJECTED) {
                tellRetired(known);
              }
              yield new NotAuthorized(known.status());
            }
            case PREAUTHORIZED, ACCEPTED -> {
              if (known.certified()) {
                yield NotAuthorized.withoutCertificate(known.status());
              }
              yield known.status() == AuthSetStatus.ACCEPTED
                  ? issue(known, null)
                  : requested(known.deviceId(), key);
            }
          };
    };
  }

  /// The device itself has put this key away: whoever comes with it is somebody else, or an old
  /// image of the device.
  private void tellRetired(AuthRequestStore.Known known) {
    meters.counter("rekey.auth.retired.keys").increment();
    LOG.atWarn()
        .addKeyValue("device", known.deviceId())
        .addKeyValue("authSet", known.authSetId())
        .log("somebody has come with a key that the device has changed");
  }

  /// What a certificate vouches for is preauthorized first, and then comes in like everything that
  /// is. A key that has come with one and waits was put back by its owner, who decides on it.
  private @Nullable Answer certified(
      AuthRequestStore.Standing standing,
      Identity identity,
      DeviceKey key,
      CertificateEvidence certificate) {
    if (!(standing instanceof AuthRequestStore.Known known)) {
      return certify(identity, key);
    }
    return switch (known.status()) {
      case REJECTED -> new NotAuthorized(known.status());
      case PENDING ->
          known.certified() ? new NotAuthorized(known.status()) : certify(identity, key);
      case PREAUTHORIZED ->
          known.certified() ? requested(known.deviceId(), key) : certify(identity, key);
      case ACCEPTED ->
          known.certified() ? issue(known, certificate.thumbprint()) : certify(identity, key);
    };
  }

  private @Nullable Answer certify(Identity identity, DeviceKey key) {
    return switch (devices.certify(identity, key, newIds())) {
      case AuthRequestStore.Certified(var ended) -> {
        ended.forEach(live::forget);
        yield null;
      }
      case AuthRequestStore.KeyOfAnother(String deviceId) ->
          new Mismatch(
              "the key is that of device %s (expected: one device for a key that comes with a certificate; to let it in as another, delete the auth set there)"
                  .formatted(deviceId));
    };
  }

  private @Nullable Answer add(Identity identity, DeviceKey key) {
    return switch (devices.add(identity, key, newIds(), newDevices.maxPending())) {
      case ADDED -> new NotAuthorized(AuthSetStatus.PENDING);
      case NO_PLACE -> new TooMany(newDevices.tooManyPending());
      case KNOWN -> null;
    };
  }

  private @Nullable Answer requested(String deviceId, DeviceKey key) {
    return switch (devices.requested(deviceId, key, newIds())) {
      case AuthRequestStore.Gone() -> null;
      case AuthRequestStore.NoRoom() -> NotAuthorized.withoutRoom(AuthSetStatus.PREAUTHORIZED);
      case AuthRequestStore.TooManyKeys() -> new TooMany(newDevices.tooManyKeys());
      case AuthRequestStore.Stands stands -> {
        stands.ended().forEach(live::forget);
        yield stands.status() == AuthSetStatus.ACCEPTED ? null : new NotAuthorized(stands.status());
      }
    };
  }

  /// Signed first, entered second, handed out last: there is no row without a token, and a token
  /// whose row could not be entered is dropped here and was never live.
  private @Nullable Answer issue(
      AuthRequestStore.Known known, @Nullable CertificateThumbprint certificate) {
    Instant issuedAt = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant expiresAt = issuedAt.plus(policy.lifetime());
    String tokenId = ids.get().toString();
    DeviceClaims claims =
        new DeviceClaims(
            tokenId, known.deviceId(), policy.issuer(), issuedAt, expiresAt, certificate);
    return switch (signer.sign(claims.json())) {
      case TokenSigner.Away(String cause) -> new Away(cause);
      case TokenSigner.Signed(String token, long kid) -> {
        TokenStore.Token row =
            new TokenStore.Token(
                tokenId,
                known.deviceId(),
                known.authSetId(),
                kid,
                issuedAt,
                expiresAt,
                certificate != null);
        yield switch (tokens.enter(row, TOKENS_OF_AN_AUTH_SET)) {
          case TokenStore.NotAccepted _ -> null;
          case TokenStore.Entered(var ended) -> {
            ended.forEach(live::forget);
            yield new Issued(token, tokenId, kid, known.challenge());
          }
        };
      }
    };
  }

  private NewIds newIds() {
    return new NewIds(
        ids.get().toString(), ids.get().toString(), clock.instant().truncatedTo(ChronoUnit.MICROS));
  }

  private void count(String outcome) {
    meters.counter("rekey.auth.requests", "outcome", outcome).increment();
  }

  /// @param issuer `iss`; the keystore signs for this ring under one issuer only
  /// @param lifetime from `iat` to `exp`
  /// @param minRsaBits of a device's key
  public record Policy(String issuer, Duration lifetime, int minRsaBits) {}

  /// What the device is told.
  public sealed interface Answer {}

  /// The token is a credential.
  ///
  /// @param challenge the device is to change its key; empty: it is not
  public record Issued(String token, String tokenId, long kid, String challenge) implements Answer {
    @Override
    public String toString() {
      return "Issued[tokenId=" + tokenId + ", kid=" + kid + "]";
    }
  }

  /// It has proved its key, but may not come in (yet).
  ///
  /// @param limitReached a preauthorized device that would be one accepted device too many
  /// @param certificateNeeded its key has come with a certificate before, and now without
  public record NotAuthorized(AuthSetStatus status, boolean limitReached, boolean certificateNeeded)
      implements Answer {
    NotAuthorized(AuthSetStatus status) {
      this(status, false, false);
    }

    static NotAuthorized withoutRoom(AuthSetStatus status) {
      return new NotAuthorized(status, true, false);
    }

    static NotAuthorized withoutCertificate(AuthSetStatus status) {
      return new NotAuthorized(status, false, true);
    }
  }

  /// It has proved its key, but its certificate is for another key or identity, or its key is that
  /// of another device. Nothing was stored.
  ///
  /// @param why one line for the operator's log
  public record Mismatch(String why) implements Answer {}

  public record BadSignature() implements Answer {}

  /// @param message one line for the device's log
  public record Malformed(String message) implements Answer {}

  /// Nothing was stored.
  public record TooMany(Duration retryAfter) implements Answer {}

  /// No answer can be given now.
  public record Away(String cause) implements Answer {}
}
