package org.rekey.useradm.grpc;

import io.grpc.ServerServiceDefinition;
import java.time.InstantSource;
import org.rekey.proto.auth.v1.Holder;
import org.rekey.proto.auth.v1.ListHoldersRequest;
import org.rekey.proto.auth.v1.TokenHoldersGrpc;
import org.rekey.runtime.grpc.ResponseStream;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.useradm.TokenHolders;

/// `rekey.auth.v1.TokenHolders`.
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
    holders.list(
        request.getKid(),
        request.getAnyKid(),
        clock.instant(),
        holder -> answers.send(toProto(holder)));
  }

  private static Holder toProto(TokenHolders.Holder holder) {
    Holder.Builder proto =
        Holder.newBuilder()
            .setId(holder.userId())
            .setName(holder.email())
            .setSessions(holder.sessions());
    holder.personalAccessTokens().forEach(token -> proto.addPersonalAccessTokens(toProto(token)));
    if (holder.lastExpiry() != null) {
      proto.setLastExpiry(Times.toProto(holder.lastExpiry()));
    }
    return proto.build();
  }

  private static Holder.NamedToken toProto(TokenHolders.NamedToken token) {
    Holder.NamedToken.Builder proto =
        Holder.NamedToken.newBuilder().setId(token.id()).setName(token.name());
    if (token.expiresAt() != null) {
      proto.setExpiresAt(Times.toProto(token.expiresAt()));
    }
    if (token.lastUsedAt() != null) {
      proto.setLastUsedAt(Times.toProto(token.lastUsedAt()));
    }
    return proto.build();
  }
}
