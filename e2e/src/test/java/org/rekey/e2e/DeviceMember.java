package org.rekey.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.net.http.HttpResponse;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.DeviceReplica;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;
import org.rekey.proto.deviceauth.v1.AuthenticateResponse;

/// A device that its owner knows.
record DeviceMember(DeviceStandIn device, String id, String authSetId) {

  /// A token, by the gateway.
  String token(Client client) {
    HttpResponse<String> response = client.send(device.request(client));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  /// A token of one replica's making.
  String token(DeviceReplica replica) {
    AuthenticateResponse answer = ask(replica, device);
    assertThat(answer.hasIssued()).as(answer.getOutcomeCase().toString()).isTrue();
    return answer.getIssued().getToken();
  }

  static AuthenticateResponse ask(DeviceReplica replica, DeviceStandIn device) {
    byte[] body = device.body();
    return replica
        .authRequests()
        .authenticate(
            AuthenticateRequest.newBuilder()
                .setBody(ByteString.copyFrom(body))
                .setSignature(device.signature(body))
                .setSourceAddress("192.0.2.1")
                .build());
  }
}
