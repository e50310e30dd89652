package org.rekey.verifier.serve;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import org.rekey.proto.keystore.v1.SignRequest;
import org.rekey.proto.keystore.v1.SignResponse;
import org.rekey.proto.keystore.v1.SignerGrpc;

/// Has the keystore sign with an issuer's ring. One try: a call that may have signed is not
/// repeated behind the caller's back.
public final class KeystoreSigner implements TokenSigner {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private final String ring;
  private final SignerGrpc.SignerBlockingStub signer;

  /// @param keystore a channel to keystore-svc, not closed here
  public KeystoreSigner(String ring, Channel keystore) {
    this.ring = ring;
    this.signer = SignerGrpc.newBlockingStub(keystore);
  }

  @Override
  public Outcome sign(byte[] claims) {
    SignRequest request =
        SignRequest.newBuilder().setRing(ring).setClaims(ByteString.copyFrom(claims)).build();
    try {
      SignResponse response = signer.withDeadlineAfter(DEADLINE).sign(request);
      return new Signed(response.getToken(), response.getKid());
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      return switch (status.getCode()) {
        case UNAVAILABLE, DEADLINE_EXCEEDED -> new Away("keystore: " + status.getDescription());
        default -> throw e;
      };
    }
  }
}
