package org.rekey.keystore.grpc;

import io.grpc.ServerServiceDefinition;
import org.rekey.keystore.SignOutcome;
import org.rekey.keystore.Signing;
import org.rekey.proto.keystore.v1.SignRequest;
import org.rekey.proto.keystore.v1.SignResponse;
import org.rekey.proto.keystore.v1.SignerGrpc;
import org.rekey.runtime.grpc.Caller;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;

/// `rekey.keystore.v1.Signer`.
public final class SignerEndpoint {
  private final Signing signing;

  public SignerEndpoint(Signing signing) {
    this.signing = signing;
  }

  public ServerServiceDefinition service() {
    return RpcService.of(SignerGrpc.getServiceDescriptor())
        .unary(SignerGrpc.getSignMethod(), this::sign)
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
}
