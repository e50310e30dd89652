package org.rekey.keystore.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.util.HexFormat;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyHeld;
import org.rekey.proto.keystore.v1.KeyReleased;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.proto.keystore.v1.ManifestSigned;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.map.Withdrawal;

/// From a [NewEvent] to the contract's message.
final class EventCodec {
  private EventCodec() {}

  /// What is worth knowing of an event that has been proven.
  static Logged logged(SignedKeyEvent signed) {
    try {
      var event = KeyEvent.parseFrom(signed.getEvent());
      var at = Instant.ofEpochSecond(event.getAt().getSeconds(), event.getAt().getNanos());
      return new Logged(event.getEpoch(), event.getChangeCase().name(), at);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("event: unreadable (expected: proven before)", e);
    }
  }

  static KeyEvent encode(NewEvent event, long epoch, ByteString previousHash, Instant at) {
    var message =
        KeyEvent.newBuilder()
            .setEpoch(epoch)
            .setPreviousHash(previousHash)
            .setAt(timestamp(at))
            .setActor(event.author().actor())
            .setOrigin(event.author().origin())
            .setReason(event.author().reason())
            .setRing(event.ring())
            .setKid(event.kid());
    switch (event.change()) {
      case KeyChange.Added added ->
          message.setKeyAdded(
              KeyAdded.newBuilder()
                  .setAlg(added.alg().jwsName())
                  .setPublicKey(ByteString.copyFrom(added.publicKey().getEncoded()))
                  .setThumbprint(added.thumbprint())
                  .setIssuer(added.issuer())
                  .setPurpose(added.purpose().toProto()));
      case KeyChange.Activated activated -> {
        var change = KeyActivated.newBuilder().addAllOverridden(activated.overridden());
        if (activated.replaced() != null) {
          change.setReplacedKid(activated.replaced());
        }
        message.setKeyActivated(change);
      }
      case KeyChange.Retired retired -> {
        var change =
            KeyRetired.newBuilder().setCause(cause(retired.cause())).setForced(retired.forced());
        if (retired.successor() != null) {
          change.setSuccessorKid(retired.successor());
        }
        if (retired.impact() != null) {
          change.setImpact(impact(retired.impact()));
        }
        message.setKeyRetired(change);
      }
      case KeyChange.Compromised compromised -> {
        var change = KeyCompromised.newBuilder();
        if (compromised.successor() != null) {
          change.setSuccessorKid(compromised.successor());
        }
        if (compromised.impact() != null) {
          change.setImpact(impact(compromised.impact()));
        }
        message.setKeyCompromised(change);
      }
      case KeyChange.Held() -> message.setKeyHeld(KeyHeld.getDefaultInstance());
      case KeyChange.Released() -> message.setKeyReleased(KeyReleased.getDefaultInstance());
      case KeyChange.SignedManifest(String sha256, String artifact) ->
          message.setManifestSigned(
              ManifestSigned.newBuilder()
                  .setManifestSha256(ByteString.copyFrom(HexFormat.of().parseHex(sha256)))
                  .setArtifact(artifact));
    }
    return message.build();
  }

  private static org.rekey.proto.keystore.v1.Impact impact(Impact impact) {
    return org.rekey.proto.keystore.v1.Impact.newBuilder()
        .setSessions(impact.sessions())
        .setPersonalAccessTokens(impact.personalAccessTokens())
        .setDeviceTokens(impact.deviceTokens())
        .setOwners(impact.owners())
        .setCountedAt(timestamp(impact.countedAt()))
        .build();
  }

  private static Timestamp timestamp(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }

  private static KeyRetired.Cause cause(Withdrawal withdrawal) {
    return switch (withdrawal) {
      case COMMAND -> KeyRetired.Cause.CAUSE_COMMAND;
      case FILE_REMOVED -> KeyRetired.Cause.CAUSE_FILE_REMOVED;
      case COMPROMISED ->
          throw new IllegalArgumentException("cause: COMPROMISED (expected: an event of its own)");
    };
  }
}
