package org.rekey.keystore.grpc;

import io.grpc.ServerServiceDefinition;
import org.rekey.keystore.ManifestOutcome;
import org.rekey.keystore.ManifestSigning;
import org.rekey.keystore.SignOutcome;
import org.rekey.keystore.Signing;
import org.rekey.keystore.log.Author;
import org.rekey.proto.keystore.v1.SignManifestRequest;
import org.rekey.proto.keystore.v1.SignManifestResponse;
import org.rekey.proto.keystore.v1.SignRequest;
import org.rekey.proto.keystore.v1.SignResponse;
import org.rekey.proto.keystore.v1.SignerGrpc;
import org.rekey.runtime.grpc.Caller;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;

/// `rekey.keystore.v1.Signer`.
public final class SignerEndpoint {
  private final Signing signing;
  private final ManifestSigning manifests;

  public SignerEndpoint(Signing signing, ManifestSigning manifests) {
    this.signing = signing;
    this.manifests = manifests;
  }

  public ServerServiceDefinition service() {
    return RpcService.of(SignerGrpc.getServiceDescriptor())
        .unary(SignerGrpc.getSignMethod(), this::sign)
        .unary(SignerGrpc.getSignManifestMethod(), this::signManifest)
        .build();
  }

  private SignResponse sign(SignRequest request) {
    return switch (signing.sign(
        Caller.current().name(), request.getRing(), request.getClaims().toByteArray())) {
      case SignOutcome.Signed(String token, long kid) ->
          SignResponse.newBuilder().setToken(token).setKid(kid).build();
      case SignOutcome.Malformed() ->
          throw RpcFailure.invalidArgument(
              "claims: not one JSON object (expected: strict UTF-8, no duplicate members, cnf with x5t#S256 alone)");
      case SignOutcome.Denied(String why) -> throw RpcFailure.permissionDenied(why);
      case SignOutcome.NoKey(String why) -> throw RpcFailure.unavailable(why);
    };
  }

  private SignManifestResponse signManifest(SignManifestRequest request) {
    var author =
        new Author(Caller.current().name(), Caller.current().address(), request.getReason());
    return switch (manifests.sign(
        request.getManifest().toByteArray(),
        request.hasKid() ? request.getKid() : null,
        request.getArtifact(),
        author)) {
      case ManifestOutcome.Signed(String signature, long kid, long epoch) ->
          SignManifestResponse.newBuilder()
              .setSignature(signature)
              .setKid(kid)
              .setEpoch(epoch)
              .build();
      case ManifestOutcome.Malformed(String why) -> throw RpcFailure.invalidArgument(why);
      case ManifestOutcome.NoSuchKey(String why) -> throw RpcFailure.notFound(why);
      case ManifestOutcome.NotThisKey(String why) -> throw RpcFailure.failedPrecondition(why);
      case ManifestOutcome.NoKey(String why) -> throw RpcFailure.unavailable(why);
    };
  }
}
