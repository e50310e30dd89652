package org.rekey.deviceauth.grpc;

import io.grpc.ServerServiceDefinition;
import java.time.InstantSource;
import org.rekey.deviceauth.TokenHolders;
import org.rekey.proto.auth.v1.Holder;
import org.rekey.proto.auth.v1.ListHoldersRequest;
import org.rekey.proto.auth.v1.TokenHoldersGrpc;
import org.rekey.runtime.grpc.ResponseStream;
import org.rekey.runtime.grpc.RpcService;

/// `rekey.auth.v1.TokenHolders`. Every token here has a kid, so `any_kid` adds nobody.
public final class TokenHoldersEndpoint {
  private final TokenHolders holders;
  private final InstantSource clock;

  public TokenHoldersEndpoint(TokenHolders holders, InstantSource clock) {
    this.holders = holders;
    this.clock = clock;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(TokenHoldersGrpc.getServiceDescriptor())
        .serverStream(TokenHoldersGrpc.getListHoldersMethod(), this::list)
        .build();
  }

  void list(ListHoldersRequest request, ResponseStream<Holder> answers) {
    holders.list(request.getKid(), clock.instant(), holder -> answers.send(toProto(holder)));
  }

  private static Holder toProto(TokenHolders.Holder holder) {
    Holder.Builder proto =
        Holder.newBuilder()
            .setId(holder.deviceId())
            .setName(holder.identityData())
            .setDeviceTokens(holder.tokens());
    if (holder.lastExpiry() != null) {
      proto.setLastExpiry(Wire.toProto(holder.lastExpiry()));
    }
    return proto.build();
  }
}
