package org.rekey.bench.devices;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FleetTest {
  private static final KeyMix MIX =
      KeyMix.of(Map.of(KeyType.ED25519, 1, KeyType.P256, 1, KeyType.RSA2048, 1));

  private final Fleet fleet = new Fleet(7, new KeyPool(MIX, 2));

  @Test
  void hasTheSameDevicesEveryTime() {
    List<Device> devices = fleet.devices(Fleet.Part.LIVE, 0, 20);
    assertThat(fleet.devices(Fleet.Part.LIVE, 10, 10)).isEqualTo(devices.subList(10, 20));
  }

  @Test
  void hasNoDeviceTwice() {
    List<Device> devices =
        Arrays.stream(Fleet.Part.values())
            .flatMap(part -> fleet.devices(part, 0, 1000).stream())
            .toList();
    assertThat(devices.stream().map(Device::identity)).doesNotHaveDuplicates();
    List<String> ids =
        devices.stream()
            .flatMap(device -> Stream.of(device.id(), device.authSetId(), device.tokenId()))
            .toList();
    assertThat(ids).doesNotHaveDuplicates();
    assertThat(ids)
        .allSatisfy(
            id -> {
              assertThat(UUID.fromString(id).version()).isEqualTo(4);
              assertThat(UUID.fromString(id).variant()).isEqualTo(2);
            });
  }

  @Test
  void writesIdentitiesInTheCanonicalForm() {
    assertThat(fleet.devices(Fleet.Part.LIVE, 258, 1).getFirst().identity())
        .isEqualTo("{\"mac\":\"02:00:00:00:01:02\",\"sn\":\"258\"}");
  }

  @Test
  void signsAuthRequestsWithTheKeyThatTheyName() throws Exception {
    for (Device device : fleet.devices(Fleet.Part.NEW, 0, 6)) {
      SignedRequest request = device.authRequest();
      JsonNode body = new ObjectMapper().readTree(request.body());
      assertThat(body.path("id_data").asText()).isEqualTo(device.identity());
      assertThat(body.path("pubkey").asText()).isEqualTo(device.key().pem());
      assertThat(verifies(device.key(), request)).isTrue();
    }
  }

  private static boolean verifies(KeyPool.Key key, SignedRequest request)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.type()) {
          case ED25519 -> "Ed25519";
          case P256 -> "EC";
          case RSA2048 -> "RSA";
        };
    byte[] x509 = Base64.getMimeDecoder().decode(key.pem().replaceAll("-----[A-Z ]+-----", ""));
    Signature signature = Signature.getInstance(key.type().jcaName());
    signature.initVerify(
        KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(x509)));
    signature.update(request.body());
    return signature.verify(Base64.getDecoder().decode(request.signature()));
  }
}
