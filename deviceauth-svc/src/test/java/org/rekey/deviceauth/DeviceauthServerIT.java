package org.rekey.deviceauth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.deviceauth.Installation.assertFails;
import static org.rekey.proto.deviceauth.v1.DeviceStatus.DEVICE_STATUS_ACCEPTED;
import static org.rekey.proto.deviceauth.v1.DeviceStatus.DEVICE_STATUS_NOAUTH;
import static org.rekey.proto.deviceauth.v1.DeviceStatus.DEVICE_STATUS_PENDING;
import static org.rekey.proto.deviceauth.v1.DeviceStatus.DEVICE_STATUS_PREAUTHORIZED;
import static org.rekey.proto.deviceauth.v1.DeviceStatus.DEVICE_STATUS_REJECTED;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.deviceauth.v1.AuthSetRefusal.Rule;
import org.rekey.proto.deviceauth.v1.AuthenticateRequest;
import org.rekey.proto.deviceauth.v1.AuthenticateResponse;
import org.rekey.proto.deviceauth.v1.DecommissionDeviceRequest;
import org.rekey.proto.deviceauth.v1.DeleteAuthSetRequest;
import org.rekey.proto.deviceauth.v1.Device;
import org.rekey.proto.deviceauth.v1.GetAuthSetStatusRequest;
import org.rekey.proto.deviceauth.v1.GetDeviceRequest;
import org.rekey.proto.deviceauth.v1.GetLimitRequest;
import org.rekey.proto.deviceauth.v1.IssuedToken;
import org.rekey.proto.deviceauth.v1.ListDevicesRequest;
import org.rekey.proto.deviceauth.v1.ListDevicesResponse;
import org.rekey.proto.deviceauth.v1.PreauthorizeDeviceRequest;
import org.rekey.proto.deviceauth.v1.PreauthorizeDeviceResponse;
import org.rekey.proto.deviceauth.v1.RevokeAllDeviceTokensRequest;
import org.rekey.proto.deviceauth.v1.RevokeDeviceTokenRequest;
import org.rekey.proto.deviceauth.v1.SetLimitRequest;
import org.rekey.testkit.PostgresExtension;

/// deviceauth-svc over real connections, beside a real keystore-svc and PostgreSQL.
class DeviceauthServerIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private static Installation installation;
  private TestDevice device;

  @BeforeAll
  static void start() {
    installation = new Installation(POSTGRES, Map.of());
  }

  @AfterAll
  static void stop() {
    installation.close();
  }

  @BeforeEach
  void newDevice() {
    installation.database.jdbi().useHandle(handle -> handle.execute("DELETE FROM device"));
    device = TestDevice.ed25519(UUID.randomUUID().toString());
  }

  @Test
  void makesADevicePendingUntilItIsAccepted() {
    AuthenticateResponse first = installation.ask(device);
    assertThat(first.getNotAuthorized().getStatus()).isEqualTo(DEVICE_STATUS_PENDING);
    assertThat(installation.ask(device)).isEqualTo(first);
    Device pending = installation.only(DEVICE_STATUS_PENDING);
    assertThat(pending.getIdentityData()).isEqualTo(device.idData());
    assertThat(pending.hasCheckInAt()).isFalse();
    assertThat(pending.getAuthSetsList())
        .singleElement()
        .satisfies(
            set -> {
              assertThat(set.getPublicKey()).isEqualTo(device.publicKey());
              assertThat(set.getStatus()).isEqualTo(DEVICE_STATUS_PENDING);
              assertThat(set.getIdentityData()).isEqualTo(device.idData());
            });
    Device accepted = installation.accepted(device);
    assertThat(accepted.getStatus()).isEqualTo(DEVICE_STATUS_ACCEPTED);
    assertThat(accepted.getId()).isEqualTo(pending.getId());
    IssuedToken token = installation.token(device);
    Accepted verdict = installation.verify(token.getToken()).getAccepted();
    assertThat(verdict.getSubject()).isEqualTo(accepted.getId());
    assertThat(verdict.getTokenId()).isEqualTo(token.getTokenId());
    assertThat(verdict.getKind()).isEqualTo(Accepted.Kind.KIND_DEVICE);
  }

  @Test
  void writesTheClaimsThatMenderWrites() {
    Device accepted = installation.accepted(device);
    IssuedToken token = installation.token(device);
    long now = installation.clock.instant().getEpochSecond();
    assertThat(Installation.claims(token.getToken()))
        .isEqualTo(
            """
            {"jti":"%s","sub":"%s","iss":"Mender","exp":%d,"iat":%d,"nbf":%d,"mender.device":true,\
            "mender.plan":"enterprise","mender.trial":false,"mender.addons":[\
            {"name":"configure","enabled":true},{"name":"troubleshoot","enabled":true},\
            {"name":"monitor","enabled":true}]}"""
                .formatted(token.getTokenId(), accepted.getId(), now + 604800, now, now));
  }

  @Test
  void givesTwoRequestsAtOnceTwoTokensThatWorkAndEndsOlderOnes() {
    Device accepted = installation.accepted(device);
    AuthenticateRequest request = device.request();
    List<IssuedToken> tokens =
        Installation.together(2, () -> installation.ask(request).getIssued());
    assertThat(tokens).allMatch(installation::isLive);
    assertThat(tokens).extracting(IssuedToken::getTokenId).doesNotHaveDuplicates();
    IssuedToken third = installation.token(device);
    IssuedToken fourth = installation.token(device);
    assertThat(tokens).noneMatch(installation::isLive);
    assertThat(List.of(third, fourth)).allMatch(installation::isLive);
    assertThat(tokensOf(accepted)).isEqualTo(2);
  }

  private static long tokensOf(Device of) {
    return installation
        .database
        .jdbi()
        .withHandle(
            handle ->
                handle
                    .createQuery("SELECT count(*) FROM device_token WHERE device_id = :id")
                    .bind("id", of.getId())
                    .mapTo(Long.class)
                    .one());
  }

  @Test
  void addsAKeyThatAKnownDeviceShowsAndLetsItTakeThePlaceOfTheOld() {
    Device accepted = installation.accepted(device);
    IssuedToken old = installation.token(device);
    TestDevice renewed = device.withNewKey();
    assertThat(installation.ask(renewed).getNotAuthorized().getStatus())
        .isEqualTo(DEVICE_STATUS_PENDING);
    assertThat(installation.get(accepted.getId()).getStatus()).isEqualTo(DEVICE_STATUS_ACCEPTED);
    assertThat(installation.isLive(old)).isTrue();
    String newSet =
        installation.get(accepted.getId()).getAuthSetsList().stream()
            .filter(set -> set.getStatus() == DEVICE_STATUS_PENDING)
            .findFirst()
            .orElseThrow()
            .getId();
    assertThat(
            installation.set(accepted.getId(), newSet, DEVICE_STATUS_ACCEPTED).getAuthSet().getId())
        .isEqualTo(newSet);
    assertThat(installation.isLive(old)).isFalse();
    assertThat(installation.ask(device).getNotAuthorized().getStatus())
        .isEqualTo(DEVICE_STATUS_REJECTED);
    assertThat(installation.isLive(installation.token(renewed))).isTrue();
  }

  @Test
  void allowsTheTransitionsThatMenderAllows() {
    Device accepted = installation.accepted(device);
    String id = accepted.getId();
    String set = accepted.getAuthSets(0).getId();
    IssuedToken token = installation.token(device);
    assertThat(installation.set(id, set, DEVICE_STATUS_ACCEPTED).hasAuthSet()).isTrue();
    assertThat(installation.isLive(token)).isTrue();
    assertThat(installation.set(id, set, DEVICE_STATUS_REJECTED).getAuthSet().getStatus())
        .isEqualTo(DEVICE_STATUS_REJECTED);
    assertThat(installation.isLive(token)).isFalse();
    assertThat(installation.ask(device).getNotAuthorized().getStatus())
        .isEqualTo(DEVICE_STATUS_REJECTED);
    assertThat(installation.set(id, set, DEVICE_STATUS_PENDING).hasAuthSet()).isTrue();
    assertThat(installation.set(id, set, DEVICE_STATUS_ACCEPTED).hasAuthSet()).isTrue();
    assertThat(installation.set(id, set, DEVICE_STATUS_PENDING).hasAuthSet()).isTrue();
    assertThat(installation.set(id, set, DEVICE_STATUS_REJECTED).hasAuthSet()).isTrue();
    assertThat(installation.set(id, set, DEVICE_STATUS_ACCEPTED).hasAuthSet()).isTrue();
    assertThat(installation.isLive(installation.token(device))).isTrue();
  }

  @Test
  void saysWhyAStatusIsNotSet() {
    Device waiting = preauthorize(device, false).getDevice();
    String set = waiting.getAuthSets(0).getId();
    for (var status :
        List.of(DEVICE_STATUS_ACCEPTED, DEVICE_STATUS_REJECTED, DEVICE_STATUS_PENDING)) {
      assertThat(installation.refusal(waiting.getId(), set, status))
          .isEqualTo(Rule.RULE_TRANSITION);
    }
    assertThat(installation.refusal("another", set, DEVICE_STATUS_ACCEPTED))
        .isEqualTo(Rule.RULE_OTHER_DEVICE);
    assertThat(installation.refusal(waiting.getId(), "none", DEVICE_STATUS_ACCEPTED))
        .isEqualTo(Rule.RULE_NOT_FOUND);
    assertThat(installation.refusal(waiting.getId(), "\0", DEVICE_STATUS_ACCEPTED))
        .isEqualTo(Rule.RULE_NOT_FOUND);
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        () -> installation.set(waiting.getId(), set, DEVICE_STATUS_NOAUTH));
  }

  @Test
  void letsAPreauthorizedDeviceComeIn() {
    PreauthorizeDeviceResponse response = preauthorize(device, false);
    assertThat(response.getDevice().getStatus()).isEqualTo(DEVICE_STATUS_PREAUTHORIZED);
    assertThat(preauthorize(device, false).getAlreadyThere().getId())
        .isEqualTo(response.getDevice().getId());
    assertThat(installation.isLive(installation.token(device))).isTrue();
    assertThat(installation.get(response.getDevice().getId()).getStatus())
        .isEqualTo(DEVICE_STATUS_ACCEPTED);
  }

  @Test
  void rekeysADeviceByAForcedPreauthorization() {
    Device accepted = installation.accepted(device);
    IssuedToken old = installation.token(device);
    TestDevice renewed = device.withNewKey();
    assertThat(preauthorize(renewed, false).hasAlreadyThere()).isTrue();
    Device after = preauthorize(renewed, true).getDevice();
    assertThat(after.getId()).isEqualTo(accepted.getId());
    assertThat(after.getStatus()).isEqualTo(DEVICE_STATUS_ACCEPTED);
    assertThat(installation.isLive(old)).isTrue();
    IssuedToken fresh = installation.token(renewed);
    assertThat(installation.isLive(fresh)).isTrue();
    assertThat(installation.isLive(old)).isFalse();
    assertThat(installation.ask(device).getNotAuthorized().getStatus())
        .isEqualTo(DEVICE_STATUS_REJECTED);
  }

  @Test
  void keepsOnePreauthorizedKeyOfADevice() {
    assertThat(preauthorize(device, false).hasDevice()).isTrue();
    TestDevice second = device.withNewKey();
    Device after = preauthorize(second, true).getDevice();
    assertThat(after.getStatus()).isEqualTo(DEVICE_STATUS_PREAUTHORIZED);
    assertThat(after.getAuthSetsList())
        .extracting(set -> set.getStatus())
        .containsExactlyInAnyOrder(DEVICE_STATUS_REJECTED, DEVICE_STATUS_PREAUTHORIZED);
    assertThat(installation.ask(device).getNotAuthorized().getStatus())
        .isEqualTo(DEVICE_STATUS_REJECTED);
    assertThat(installation.isLive(installation.token(second))).isTrue();
  }

  @Test
  void saysWhatIsWrongWithAPreauthorization() {
    assertThat(preauthorize("", device.publicKey())).isEqualTo("identity_data must be provided");
    assertThat(preauthorize(device.idData(), "")).isEqualTo("pubkey must be provided");
    assertThat(preauthorize(device.idData(), "x")).isEqualTo("cannot decode public key");
    assertThat(preauthorize("[]", device.publicKey())).startsWith("identity_data: no JSON object");
    assertThat(installation.count()).isZero();
  }

  private static String preauthorize(String identity, String key) {
    return installation
        .devices()
        .preauthorizeDevice(
            PreauthorizeDeviceRequest.newBuilder()
                .setIdentityData(identity)
                .setPublicKey(key)
                .build())
        .getBadRequest();
  }

  private static PreauthorizeDeviceResponse preauthorize(TestDevice of, boolean force) {
    return installation
        .devices()
        .preauthorizeDevice(
            PreauthorizeDeviceRequest.newBuilder()
                .setIdentityData(of.idData())
                .setPublicKey(of.publicKey())
                .setForce(force)
                .build());
  }

  @Test
  void decommissionsInOneStep() {
    Device accepted = installation.accepted(device);
    IssuedToken token = installation.token(device);
    decommission(accepted.getId());
    assertThat(installation.isLive(token)).isFalse();
    assertFails(Status.Code.NOT_FOUND, () -> installation.get(accepted.getId()));
    assertFails(Status.Code.NOT_FOUND, () -> decommission(accepted.getId()));
    assertThat(installation.ask(device).getNotAuthorized().getStatus())
        .isEqualTo(DEVICE_STATUS_PENDING);
    assertThat(installation.only(DEVICE_STATUS_PENDING).getId()).isNotEqualTo(accepted.getId());
  }

  private static void decommission(String id) {
    assertThat(
            installation
                .operatorsDevices()
                .decommissionDevice(DecommissionDeviceRequest.newBuilder().setId(id).build()))
        .isNotNull();
  }

  @Test
  void deletesAnAuthSet() {
    Device accepted = installation.accepted(device);
    String id = accepted.getId();
    IssuedToken token = installation.token(device);
    assertFails(Status.Code.NOT_FOUND, () -> delete("another", accepted.getAuthSets(0).getId()));
    delete(id, accepted.getAuthSets(0).getId());
    assertThat(installation.isLive(token)).isFalse();
    assertThat(installation.get(id).getStatus()).isEqualTo(DEVICE_STATUS_NOAUTH);
    assertFails(Status.Code.NOT_FOUND, () -> delete(id, accepted.getAuthSets(0).getId()));
    assertThat(installation.ask(device).hasNotAuthorized()).isTrue();
    assertThat(installation.only(DEVICE_STATUS_PENDING).getId()).isEqualTo(id);
  }

  @Test
  void deletesADeviceWithItsLastPreauthorizedKey() {
    Device waiting = preauthorize(device, false).getDevice();
    delete(waiting.getId(), waiting.getAuthSets(0).getId());
    assertThat(installation.count()).isZero();
  }

  private static void delete(String deviceId, String authSetId) {
    assertThat(
            installation
                .devices()
                .deleteAuthSet(
                    DeleteAuthSetRequest.newBuilder()
                        .setDeviceId(deviceId)
                        .setAuthSetId(authSetId)
                        .build()))
        .isNotNull();
  }

  @Test
  void revokesTokensByIdByAuthSetByDeviceAndAllOfThem() {
    Device accepted = installation.accepted(device);
    IssuedToken first = installation.token(device);
    IssuedToken second = installation.token(device);
    revoke(first.getTokenId());
    assertThat(installation.isLive(first)).isFalse();
    assertThat(installation.isLive(second)).isTrue();
    assertFails(Status.Code.NOT_FOUND, () -> revoke(first.getTokenId()));
    revoke(accepted.getAuthSets(0).getId());
    assertThat(installation.isLive(second)).isFalse();
    IssuedToken third = installation.token(device);
    assertThat(revokeAll(of(accepted.getId()))).isEqualTo(1);
    assertThat(installation.isLive(third)).isFalse();
    assertThat(revokeAll(of("nobody"))).isZero();
    IssuedToken fourth = installation.token(device);
    assertThat(revokeAll(RevokeAllDeviceTokensRequest.newBuilder().setAllDevices(true).build()))
        .isPositive();
    assertThat(installation.isLive(fourth)).isFalse();
    assertThat(installation.get(accepted.getId()).getStatus()).isEqualTo(DEVICE_STATUS_ACCEPTED);
  }

  private static void revoke(String id) {
    assertThat(
            installation
                .devices()
                .revokeDeviceToken(RevokeDeviceTokenRequest.newBuilder().setId(id).build()))
        .isNotNull();
  }

  private static RevokeAllDeviceTokensRequest of(String deviceId) {
    return RevokeAllDeviceTokensRequest.newBuilder().setDeviceId(deviceId).build();
  }

  private static long revokeAll(RevokeAllDeviceTokensRequest request) {
    return installation.devices().revokeAllDeviceTokens(request).getRevoked();
  }

  @Test
  void listsInOrderOfStatusAndIdPageByPage() {
    Device accepted = installation.accepted(device);
    for (int i = 0; i < 5; i++) {
      assertThat(installation.ask(TestDevice.ed25519("list-" + i)).hasNotAuthorized()).isTrue();
    }
    ListDevicesResponse first = page(1, 4);
    ListDevicesResponse second = page(2, 4);
    assertThat(first.getHasMore()).isTrue();
    assertThat(second.getHasMore()).isFalse();
    assertThat(page(3, 4).getDevicesList()).isEmpty();
    assertThat(first.getDevices(0)).isEqualTo(accepted);
    HashSet<Device> all = new HashSet<>(first.getDevicesList());
    all.addAll(second.getDevicesList());
    assertThat(all).hasSize(6);
    assertThat(installation.list(DEVICE_STATUS_PENDING))
        .hasSize(5)
        .isSortedAccordingTo((a, b) -> a.getId().compareTo(b.getId()));
    assertThat(installation.list(DEVICE_STATUS_PENDING, DEVICE_STATUS_ACCEPTED)).hasSize(6);
    assertThat(installation.list(DEVICE_STATUS_NOAUTH)).isEmpty();
    ListDevicesRequest byId =
        ListDevicesRequest.newBuilder()
            .addIds(accepted.getId())
            .addIds("\0")
            .addIds("none")
            .setPage(1)
            .setPerPage(20)
            .build();
    assertThat(installation.devices().listDevices(byId).getDevicesList()).containsExactly(accepted);
    assertThat(installation.count()).isEqualTo(6);
    assertThat(installation.count(DEVICE_STATUS_PENDING)).isEqualTo(5);
    assertThat(installation.count(DEVICE_STATUS_PENDING, DEVICE_STATUS_ACCEPTED)).isEqualTo(6);
  }

  private static ListDevicesResponse page(int page, int perPage) {
    return installation
        .devices()
        .listDevices(ListDevicesRequest.newBuilder().setPage(page).setPerPage(perPage).build());
  }

  @Test
  void knowsNothingOfIdsThatCannotBe() {
    for (String id : List.of("none", "\0", "é", " ", "x".repeat(200))) {
      assertFails(Status.Code.NOT_FOUND, () -> installation.get(id));
      assertFails(
          Status.Code.NOT_FOUND,
          () ->
              installation
                  .devices()
                  .getAuthSetStatus(GetAuthSetStatusRequest.newBuilder().setAuthSetId(id).build()));
      assertFails(Status.Code.NOT_FOUND, () -> decommission(id));
      assertFails(Status.Code.NOT_FOUND, () -> delete(id, id));
      assertFails(Status.Code.NOT_FOUND, () -> revoke(id));
    }
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        () -> installation.devices().getDevice(GetDeviceRequest.getDefaultInstance()));
  }

  @Test
  void limitsAcceptedDevices() {
    assertThat(limit()).isEqualTo(-1);
    try {
      Device accepted = installation.accepted(device);
      TestDevice second = TestDevice.ed25519("second");
      assertThat(installation.ask(second).hasNotAuthorized()).isTrue();
      Device pending = installation.find(second);
      limit(1);
      assertThat(limit()).isEqualTo(1);
      assertThat(
              installation.refusal(
                  pending.getId(), pending.getAuthSets(0).getId(), DEVICE_STATUS_ACCEPTED))
          .isEqualTo(Rule.RULE_LIMIT_REACHED);
      TestDevice third = TestDevice.ed25519("third");
      assertThat(preauthorize(third, false).hasDevice()).isTrue();
      AuthenticateResponse answer = installation.ask(third);
      assertThat(answer.getNotAuthorized().getLimitReached()).isTrue();
      assertThat(answer.getNotAuthorized().getStatus()).isEqualTo(DEVICE_STATUS_PREAUTHORIZED);
      TestDevice renewed = device.withNewKey();
      assertThat(preauthorize(renewed, true).hasDevice()).isTrue();
      assertThat(installation.isLive(installation.token(renewed))).isTrue();
      decommission(accepted.getId());
      assertThat(installation.isLive(installation.token(third))).isTrue();
      limit(0);
      assertThat(installation.count(DEVICE_STATUS_ACCEPTED)).isEqualTo(1);
    } finally {
      limit(-1);
    }
    assertThat(limit()).isEqualTo(-1);
    assertFails(
        Status.Code.INVALID_ARGUMENT,
        () ->
            installation
                .devices()
                .getLimit(GetLimitRequest.newBuilder().setName("max_users").build()));
  }

  private static long limit() {
    return installation
        .devices()
        .getLimit(GetLimitRequest.newBuilder().setName("max_devices").build())
        .getLimit();
  }

  private static void limit(long limit) {
    assertThat(
            installation
                .devices()
                .setLimit(
                    SetLimitRequest.newBuilder().setName("max_devices").setLimit(limit).build()))
        .isNotNull();
  }

  @Test
  void storesNothingForARequestThatIsNotGenuine() {
    byte[] body = device.body();
    byte[] other = device.body("{\"id_data\":%s,\"pubkey\":%s}");
    AuthenticateResponse forged =
        installation.ask(
            device.request(body).toBuilder().setBody(ByteString.copyFrom(other)).build());
    assertThat(forged.hasBadSignature()).isTrue();
    AuthenticateResponse bare =
        installation.ask(device.request(body).toBuilder().clearSignature().build());
    assertThat(bare.getBadRequest().getMessage()).isEqualTo("missing request signature header");
    AuthenticateResponse empty =
        installation.ask(device.request("".getBytes(UTF_8)).toBuilder().build());
    assertThat(empty.getBadRequest().getMessage()).startsWith("failed to decode auth request: ");
    assertThat(installation.count()).isZero();
  }
}
