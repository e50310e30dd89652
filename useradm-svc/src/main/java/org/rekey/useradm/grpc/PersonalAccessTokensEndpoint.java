package org.rekey.useradm.grpc;

import io.grpc.ServerServiceDefinition;
import org.rekey.proto.useradm.v1.CreateTokenRequest;
import org.rekey.proto.useradm.v1.CreateTokenResponse;
import org.rekey.proto.useradm.v1.IssuedToken;
import org.rekey.proto.useradm.v1.ListTokensRequest;
import org.rekey.proto.useradm.v1.ListTokensResponse;
import org.rekey.proto.useradm.v1.PersonalAccessToken;
import org.rekey.proto.useradm.v1.PersonalAccessTokensGrpc;
import org.rekey.proto.useradm.v1.RevokeAllTokensRequest;
import org.rekey.proto.useradm.v1.RevokeAllTokensResponse;
import org.rekey.proto.useradm.v1.RevokeTokenRequest;
import org.rekey.proto.useradm.v1.RevokeTokenResponse;
import org.rekey.proto.useradm.v1.TokenRefusal;
import org.rekey.runtime.grpc.RpcFailure;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.useradm.PersonalAccessTokens;

/// `rekey.useradm.v1.PersonalAccessTokens`.
public final class PersonalAccessTokensEndpoint {
  private final PersonalAccessTokens tokens;

  public PersonalAccessTokensEndpoint(PersonalAccessTokens tokens) {
    this.tokens = tokens;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(PersonalAccessTokensGrpc.getServiceDescriptor())
        .unary(PersonalAccessTokensGrpc.getCreateTokenMethod(), this::createToken)
        .unary(PersonalAccessTokensGrpc.getListTokensMethod(), this::listTokens)
        .unary(PersonalAccessTokensGrpc.getRevokeTokenMethod(), this::revokeToken)
        .unary(PersonalAccessTokensGrpc.getRevokeAllTokensMethod(), this::revokeAllTokens)
        .build();
  }

  CreateTokenResponse createToken(CreateTokenRequest request) {
    CreateTokenResponse.Builder response = CreateTokenResponse.newBuilder();
    return switch (tokens.create(
        request.getUserId(),
        request.getName(),
        request.getExpiresIn(),
        request.getCallerTokenId())) {
      case PersonalAccessTokens.Issued issued ->
          response
              .setIssued(
                  IssuedToken.newBuilder()
                      .setToken(issued.token())
                      .setTokenId(issued.tokenId())
                      .setKid(issued.kid()))
              .build();
      case PersonalAccessTokens.Refused refused -> response.setRefused(toProto(refused)).build();
      case PersonalAccessTokens.CallerEnded _ ->
          throw RpcFailure.unauthenticated("the token is refused");
      case PersonalAccessTokens.KeystoreAway away -> throw RpcFailure.unavailable(away.cause());
    };
  }

  ListTokensResponse listTokens(ListTokensRequest request) {
    ListTokensResponse.Builder response = ListTokensResponse.newBuilder();
    tokens.list(request.getUserId()).forEach(token -> response.addTokens(toProto(token)));
    return response.build();
  }

  RevokeTokenResponse revokeToken(RevokeTokenRequest request) {
    tokens.revoke(request.getUserId(), request.getTokenId());
    return RevokeTokenResponse.getDefaultInstance();
  }

  RevokeAllTokensResponse revokeAllTokens(RevokeAllTokensRequest request) {
    long revoked =
        switch (request.getWhoseCase()) {
          case USER_ID -> tokens.revokeAllOf(request.getUserId());
          case EVERYBODY -> tokens.revokeEverything();
          case WHOSE_NOT_SET ->
              throw RpcFailure.invalidArgument("whose: absent (expected: user_id or everybody)");
        };
    return RevokeAllTokensResponse.newBuilder().setRevoked(revoked).build();
  }

  private static TokenRefusal toProto(PersonalAccessTokens.Refused refused) {
    return TokenRefusal.newBuilder()
        .setProblem(refused.problem())
        .setRule(
            switch (refused.rule()) {
              case INVALID_FIELD -> TokenRefusal.Rule.RULE_INVALID_FIELD;
              case NAME_TAKEN -> TokenRefusal.Rule.RULE_NAME_TAKEN;
              case TOO_MANY -> TokenRefusal.Rule.RULE_TOO_MANY;
              case USER_NOT_FOUND -> TokenRefusal.Rule.RULE_USER_NOT_FOUND;
            })
        .build();
  }

  private static PersonalAccessToken toProto(org.rekey.useradm.PersonalAccessToken token) {
    PersonalAccessToken.Builder proto =
        PersonalAccessToken.newBuilder()
            .setId(token.id())
            .setName(token.name())
            .setCreatedAt(Times.toProto(token.createdAt()));
    if (token.kid() != null) {
      proto.setKid(token.kid());
    }
    if (token.expiresAt() != null) {
      proto.setExpiresAt(Times.toProto(token.expiresAt()));
    }
    if (token.lastUsedAt() != null) {
      proto.setLastUsedAt(Times.toProto(token.lastUsedAt()));
    }
    return proto.build();
  }
}
