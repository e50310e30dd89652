package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rekey.proto.deviceauth.v1.DeviceEvent.Type.TYPE_ACCEPTED;
import static org.rekey.proto.deviceauth.v1.DeviceEvent.Type.TYPE_AUTH_SET_DELETED;
import static org.rekey.proto.deviceauth.v1.DeviceEvent.Type.TYPE_DECOMMISSIONED;
import static org.rekey.proto.deviceauth.v1.DeviceEvent.Type.TYPE_FIRST_AUTHENTICATED;
import static org.rekey.proto.deviceauth.v1.DeviceEvent.Type.TYPE_PENDING;
import static org.rekey.proto.deviceauth.v1.DeviceEvent.Type.TYPE_PREAUTHORIZED;
import static org.rekey.proto.deviceauth.v1.DeviceEvent.Type.TYPE_REJECTED;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.deviceauth.postgres.DeviceEvents;
import org.rekey.proto.auth.v1.TokenEvent;
import org.rekey.proto.auth.v1.TokenEvent.Cause;
import org.rekey.proto.deviceauth.v1.DeviceEvent;
import org.rekey.testkit.PostgresExtension;

/// What others are told: with every change, and with nothing else.
class DeviceEventsIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

  private final TestDevice device = TestDevice.ed25519("1");
  private Domain domain;

  @BeforeEach
  void open() {
    domain = new Domain(POSTGRES, Domain.NO_LIMITS);
  }

  @AfterEach
  void close() {
    domain.close();
  }

  private record Row(String key, ByteString value) {}

  private List<Row> rows(String topic) {
    return domain.jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT key, value FROM outbox WHERE topic = :topic ORDER BY id")
                .bind("topic", topic)
                .map(
                    (row, _) ->
                        new Row(row.getString("key"), ByteString.copyFrom(row.getBytes("value"))))
                .list());
  }

  /// Since the last time.
  private List<DeviceEvent> events() {
    List<DeviceEvent> events = new ArrayList<>();
    for (Row row : rows(DeviceEvents.TOPIC)) {
      try {
        DeviceEvent event = DeviceEvent.parseFrom(row.value());
        assertThat(event.getDeviceId()).isEqualTo(row.key());
        assertThat(event.getIdentityData()).isEqualTo(device.idData());
        assertThat(Instant.ofEpochSecond(event.getAt().getSeconds()))
            .isEqualTo(domain.clock.instant());
        events.add(event);
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }
    assertThat(events).extracting(DeviceEvent::getId).doesNotHaveDuplicates();
    forget(DeviceEvents.TOPIC);
    return events;
  }

  private void forget(String topic) {
    domain.jdbi.useHandle(handle -> handle.execute("DELETE FROM outbox WHERE topic = ?", topic));
  }

  /// Since the last time.
  private TokenEvent.Revoked revocation() {
    List<Row> rows = rows(DeviceauthEvents.TOKENS);
    forget(DeviceauthEvents.TOKENS);
    assertThat(rows).hasSize(1);
    try {
      return TokenEvent.parseFrom(rows.getFirst().value()).getRevoked();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertEvents(List<DeviceEvent> events, Tuple... typesAndAuthSets) {
    assertThat(events)
        .extracting(DeviceEvent::getType, DeviceEvent::getAuthSetId)
        .containsExactly(typesAndAuthSets);
  }

  private void set(String authSetId, AuthSetStatus status) {
    assertThat(domain.devices.set(domain.find(device).id(), authSetId, status))
        .isInstanceOf(DecisionStore.StatusSet.class);
  }

  @Test
  void tellOfEveryStatusOfAKey() {
    assertThat(domain.ask(device)).isNotNull();
    String set = domain.authSet(device).id();
    assertEvents(events(), Tuple.tuple(TYPE_PENDING, set));
    set(set, AuthSetStatus.ACCEPTED);
    assertEvents(events(), Tuple.tuple(TYPE_ACCEPTED, set));
    set(set, AuthSetStatus.REJECTED);
    assertEvents(events(), Tuple.tuple(TYPE_REJECTED, set));
    set(set, AuthSetStatus.PENDING);
    assertEvents(events(), Tuple.tuple(TYPE_PENDING, set));
    assertThat(domain.preauthorize(device, true)).isInstanceOf(Devices.Preauthorized.class);
    assertEvents(events(), Tuple.tuple(TYPE_PREAUTHORIZED, set));
    assertThat(domain.token(device)).isNotNull();
    assertEvents(events(), Tuple.tuple(TYPE_ACCEPTED, set));
  }

  @Test
  void areNotThereForWhatChangesNothing() {
    assertThat(domain.accepted(device)).isNotNull();
    String set = domain.authSet(device).id();
    assertThat(events()).hasSize(2);
    set(set, AuthSetStatus.ACCEPTED);
    assertThat(domain.token(device)).isNotNull();
    assertThat(domain.preauthorize(device, false)).isInstanceOf(Devices.AlreadyThere.class);
    assertThat(domain.preauthorize(device, true)).isInstanceOf(Devices.Preauthorized.class);
    assertThat(domain.devices.set("another", set, AuthSetStatus.REJECTED))
        .isInstanceOf(DecisionStore.NotSet.class);
    assertThat(domain.devices.deleteAuthSet(domain.find(device).id(), "none")).isFalse();
    assertThat(domain.devices.decommission("none")).isFalse();
    assertThat(events()).isEmpty();
  }

  @Test
  void tellOfTheKeyThatLosesItsPlaceAndOfItsTokens() {
    Device accepted = domain.accepted(device);
    String token = domain.token(device).tokenId();
    TestDevice renewed = device.withNewKey();
    assertThat(domain.ask(renewed)).isNotNull();
    String old = domain.authSet(device).id();
    String fresh = domain.authSet(renewed).id();
    events();
    set(fresh, AuthSetStatus.ACCEPTED);
    assertEvents(events(), Tuple.tuple(TYPE_REJECTED, old), Tuple.tuple(TYPE_ACCEPTED, fresh));
    TokenEvent.Revoked revoked = revocation();
    assertThat(revoked.getSubject()).isEqualTo(accepted.id());
    assertThat(revoked.getTokenIdsList()).containsExactly(token);
    assertThat(revoked.getCause()).isEqualTo(Cause.CAUSE_REVOKED);
  }

  @Test
  void tellThatAKeyIsGoneOrTheWholeDevice() {
    Device accepted = domain.accepted(device);
    String token = domain.token(device).tokenId();
    String set = domain.authSet(device).id();
    events();
    assertThat(domain.devices.deleteAuthSet(accepted.id(), set)).isTrue();
    assertEvents(events(), Tuple.tuple(TYPE_AUTH_SET_DELETED, set));
    assertThat(revocation().getTokenIdsList()).containsExactly(token);
    assertThat(domain.accepted(device).id()).isEqualTo(accepted.id());
    token = domain.token(device).tokenId();
    events();
    assertThat(domain.devices.decommission(accepted.id())).isTrue();
    assertEvents(events(), Tuple.tuple(TYPE_DECOMMISSIONED, ""));
    TokenEvent.Revoked revoked = revocation();
    assertThat(revoked.getTokenIdsList()).containsExactly(token);
    assertThat(revoked.getCause()).isEqualTo(Cause.CAUSE_SUBJECT_DELETED);
  }

  @Test
  void tellThatAPreauthorizedDeviceIsGoneWithItsKey() {
    assertThat(domain.preauthorize(device, false)).isInstanceOf(Devices.Preauthorized.class);
    AuthSet set = domain.authSet(device);
    assertEvents(events(), Tuple.tuple(TYPE_PREAUTHORIZED, set.id()));
    assertThat(domain.devices.deleteAuthSet(set.deviceId(), set.id())).isTrue();
    assertEvents(events(), Tuple.tuple(TYPE_DECOMMISSIONED, ""));
    assertThat(domain.devices.get(set.deviceId())).isEmpty();
  }

  @Test
  void tellOnceThatATokenWasUsed() {
    Device accepted = domain.accepted(device);
    events();
    for (int i = 0; i < 3; i++) {
      domain.clock.advance(Duration.ofMinutes(10));
      domain
          .stores
          .checkIns()
          .note(Map.of(accepted.id(), domain.clock.instant()), Duration.ofMinutes(5));
    }
    List<Row> rows = rows(DeviceEvents.TOPIC);
    assertThat(rows).hasSize(1);
    assertThat(rows.getFirst().key()).isEqualTo(accepted.id());
    domain.clock.advance(Duration.ofMinutes(-20));
    assertEvents(events(), Tuple.tuple(TYPE_FIRST_AUTHENTICATED, ""));
  }

  /// When the event cannot be written, nothing is.
  @Test
  void areWrittenWithTheChangeOrNeitherIs() {
    TestDevice pending = TestDevice.ed25519("pending");
    assertThat(domain.ask(pending)).isNotNull();
    TestDevice preauthorized = TestDevice.ed25519("preauthorized");
    assertThat(domain.preauthorize(preauthorized, false)).isNotNull();
    Device accepted = domain.accepted(device);
    assertThat(domain.token(device)).isNotNull();
    assertThat(domain.token(device)).isNotNull();
    String set = domain.authSet(device).id();
    List<String> before = everything();
    domain.jdbi.useHandle(
        handle -> handle.execute("ALTER TABLE outbox ADD CHECK (false) NOT VALID"));
    for (Runnable change :
        List.<Runnable>of(
            () -> domain.ask(TestDevice.ed25519("new")),
            () -> domain.ask(pending.withNewKey()),
            () -> domain.ask(preauthorized),
            () -> domain.ask(device),
            () -> domain.set(pending, AuthSetStatus.ACCEPTED),
            () -> domain.set(pending, AuthSetStatus.REJECTED),
            () -> domain.set(device, AuthSetStatus.REJECTED),
            () -> domain.preauthorize(TestDevice.ed25519("known"), false),
            () -> domain.preauthorize(pending.withNewKey(), true),
            () -> domain.devices.deleteAuthSet(accepted.id(), set),
            () -> domain.devices.decommission(accepted.id()),
            () -> domain.devices.revokeToken(set),
            () -> domain.devices.revokeTokensOf(accepted.id()),
            () -> domain.devices.revokeAllTokens(),
            () ->
                domain
                    .stores
                    .checkIns()
                    .note(Map.of(accepted.id(), domain.clock.instant()), Duration.ZERO))) {
      assertThatThrownBy(change::run).rootCause().hasMessageContaining("outbox_check");
      assertThat(everything()).isEqualTo(before);
    }
  }

  private List<String> everything() {
    return domain.texts(
        """
        SELECT id || status FROM device UNION SELECT id || status FROM auth_set
        UNION SELECT id FROM device_token UNION SELECT device_id || at FROM check_in
        UNION SELECT status || sum(devices) FROM device_count GROUP BY status ORDER BY 1
        """);
  }
}
