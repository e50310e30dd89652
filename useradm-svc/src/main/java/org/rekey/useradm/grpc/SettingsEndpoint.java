package org.rekey.useradm.grpc;

import io.grpc.ServerServiceDefinition;
import org.rekey.proto.useradm.v1.GetSettingsRequest;
import org.rekey.proto.useradm.v1.GetSettingsResponse;
import org.rekey.proto.useradm.v1.PutSettingsRequest;
import org.rekey.proto.useradm.v1.PutSettingsResponse;
import org.rekey.proto.useradm.v1.SettingsGrpc;
import org.rekey.proto.useradm.v1.SettingsRefusal;
import org.rekey.runtime.grpc.RpcService;
import org.rekey.useradm.SavedSettings;

/// `rekey.useradm.v1.Settings`.
public final class SettingsEndpoint {
  private static final GetSettingsResponse NOTHING_STORED =
      GetSettingsResponse.newBuilder().setJson("{}").build();

  private final SavedSettings settings;

  public SettingsEndpoint(SavedSettings settings) {
    this.settings = settings;
  }

  public ServerServiceDefinition bind() {
    return RpcService.of(SettingsGrpc.getServiceDescriptor())
        .unary(SettingsGrpc.getGetSettingsMethod(), this::getSettings)
        .unary(SettingsGrpc.getPutSettingsMethod(), this::putSettings)
        .build();
  }

  GetSettingsResponse getSettings(GetSettingsRequest request) {
    return settings
        .find(request.hasUserId() ? request.getUserId() : null)
        .map(
            saved ->
                GetSettingsResponse.newBuilder()
                    .setJson(saved.json())
                    .setEtag(saved.etag())
                    .build())
        .orElse(NOTHING_STORED);
  }

  PutSettingsResponse putSettings(PutSettingsRequest request) {
    PutSettingsResponse.Builder response = PutSettingsResponse.newBuilder();
    return switch (settings.put(
        request.hasUserId() ? request.getUserId() : null,
        request.getJson(),
        request.hasIfMatch() ? request.getIfMatch() : null)) {
      case SavedSettings.Done done -> response.setEtag(done.etag()).build();
      case SavedSettings.Refused refused -> response.setRefused(toProto(refused)).build();
    };
  }

  private static SettingsRefusal toProto(SavedSettings.Refused refused) {
    return SettingsRefusal.newBuilder()
        .setProblem(refused.problem())
        .setRule(
            switch (refused.rule()) {
              case INVALID -> SettingsRefusal.Rule.RULE_INVALID;
              case ETAG_MISMATCH -> SettingsRefusal.Rule.RULE_ETAG_MISMATCH;
              case USER_NOT_FOUND -> SettingsRefusal.Rule.RULE_USER_NOT_FOUND;
            })
        .build();
  }
}
