package org.rekey.bench.devices;

import com.google.protobuf.UnsafeByteOperations;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;

/// An auth request, ready to be sent either way.
@SuppressWarnings("ArrayRecordComponent") // never compared
record SignedRequest(byte[] body, String signature) {
  private static final String PATH = "/api/devices/v1/authentication/auth_requests";

  static List<SignedRequest> of(List<Device> devices) {
    return devices.parallelStream().map(Device::authRequest).toList();
  }

  AuthenticateRequest grpc() {
    return AuthenticateRequest.newBuilder()
        .setBody(UnsafeByteOperations.unsafeWrap(body))
        .setSignature(signature)
        .setSourceAddress("127.0.0.1")
        .build();
  }

  /// @param gateway its URL
  HttpRequest https(String gateway) {
    return HttpRequest.newBuilder(URI.create(gateway + PATH))
        .header("Content-Type", "application/json")
        .header("X-MEN-Signature", signature)
        .POST(BodyPublishers.ofByteArray(body))
        .build();
  }

  @Override
  public String toString() {
    return "SignedRequest[" + body.length + " bytes]";
  }
}
