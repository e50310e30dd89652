package org.rekey.keystore.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import java.time.Instant;
import org.rekey.proto.keystore.v1.KeyActivated;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.verifier.map.Withdrawal;

/// From a [NewEvent] to the contract's message.
final class EventCodec {
  private EventCodec() {}

  static KeyEvent encode(NewEvent event, long epoch, ByteString previousHash, Instant at) {
    var message =
        KeyEvent.newBuilder()
            .setEpoch(epoch)
            .setPreviousHash(previousHash)
            .setAt(Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()))
            .setActor(event.actor())
            .setReason(event.reason())
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
        var change = KeyActivated.newBuilder();
        if (activated.replaced() != null) {
          change.setReplacedKid(activated.replaced());
        }
        message.setKeyActivated(change);
      }
      case KeyChange.Retired retired -> {
        var change = KeyRetired.newBuilder().setCause(cause(retired.cause()));
        if (retired.successor() != null) {
          change.setSuccessorKid(retired.successor());
        }
        message.setKeyRetired(change);
      }
    }
    return message.build();
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
