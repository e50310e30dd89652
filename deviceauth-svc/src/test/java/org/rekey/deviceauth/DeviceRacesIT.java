package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.deviceauth.Installation.together;

import com.google.protobuf.InvalidProtocolBufferException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.proto.auth.v1.TokenEvent;
import org.rekey.runtime.limit.Rate;
import org.rekey.testkit.PostgresExtension;

/// Many at once, at one device or at one limit.
class DeviceRacesIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  private static final int CALLERS = 32;

  private Domain domain = new Domain(POSTGRES, Domain.NO_LIMITS);

  @AfterEach
  void close() {
    domain.close();
  }

  private void with(NewDevices.Limits limits) {
    domain.close();
    domain = new Domain(POSTGRES, limits);
  }

  private static List<TestDevice> devices(String name, int number) {
    return IntStream.range(0, number).mapToObj(i -> TestDevice.ed25519(name + i)).toList();
  }

  /// Each of them by one caller, all at once.
  private static <T> void eachAtOnce(List<T> of, Consumer<T> call) {
    Iterator<T> next = new ConcurrentLinkedQueue<>(of).iterator();
    assertThat(
            together(
                of.size(),
                () -> {
                  T mine;
                  synchronized (next) {
                    mine = next.next();
                  }
                  call.accept(mine);
                  return mine;
                }))
        .hasSize(of.size());
  }

  @Test
  void theFirstRequestOfADeviceManyTimesMakesOneDevice() {
    TestDevice device = TestDevice.ed25519("1");
    List<AuthRequests.Answer> answers = together(CALLERS, () -> domain.ask(device));
    assertThat(answers).containsOnly(new AuthRequests.NotAuthorized(AuthSetStatus.PENDING));
    assertThat(domain.number("SELECT count(*) FROM device")).isEqualTo(1);
    assertThat(domain.number("SELECT count(*) FROM auth_set")).isEqualTo(1);
    assertThat(domain.number("SELECT count(*) FROM outbox")).isEqualTo(1);
    assertThat(domain.count(DeviceStatus.PENDING)).isEqualTo(1);
  }

  @Test
  void manyNewKeysAtOnceAreKeysOfOneDevice() {
    TestDevice device = TestDevice.ed25519("1");
    List<TestDevice> keys = IntStream.range(0, 12).mapToObj(_ -> device.withNewKey()).toList();
    eachAtOnce(
        keys,
        key ->
            assertThat(domain.ask(key))
                .isEqualTo(new AuthRequests.NotAuthorized(AuthSetStatus.PENDING)));
    assertThat(domain.number("SELECT count(*) FROM device")).isEqualTo(1);
    assertThat(domain.find(device).authSets()).hasSize(12);
  }

  @Test
  void aDeviceHasNoMoreUndecidedKeysThanItMayHave() {
    TestDevice device = TestDevice.ed25519("1");
    assertThat(domain.ask(device)).isInstanceOf(AuthRequests.NotAuthorized.class);
    List<AuthRequests.Answer> answers = together(CALLERS, () -> domain.ask(device.withNewKey()));
    assertThat(answers).filteredOn(AuthRequests.TooMany.class::isInstance).hasSize(CALLERS - 19);
    assertThat(domain.find(device).authSets()).hasSize(20);
    assertThat(domain.meters.counter("rekey.devices.refused", "reason", "keys").count())
        .isEqualTo(CALLERS - 19);
    assertThat(domain.set(device, AuthSetStatus.ACCEPTED))
        .isInstanceOf(DecisionStore.StatusSet.class);
    assertThat(domain.token(device)).isNotNull();
  }

  @Test
  void onlyOneKeyIsAcceptedHoweverManyAreAtOnce() {
    TestDevice device = TestDevice.ed25519("1");
    List<TestDevice> keys = IntStream.range(0, 8).mapToObj(_ -> device.withNewKey()).toList();
    keys.forEach(key -> assertThat(domain.ask(key)).isNotNull());
    for (int round = 0; round < 5; round++) {
      eachAtOnce(
          keys,
          key ->
              assertThat(domain.set(key, AuthSetStatus.ACCEPTED))
                  .isInstanceOf(DecisionStore.StatusSet.class));
      assertThat(domain.find(device).authSets())
          .extracting(AuthSet::status)
          .containsOnlyOnce(AuthSetStatus.ACCEPTED);
      assertThat(domain.find(device).status()).isEqualTo(DeviceStatus.ACCEPTED);
    }
  }

  @Test
  void noMoreDevicesAreAcceptedThanTheLimitAllows() {
    domain.devices.limitDevices(7);
    List<TestDevice> pending = devices("pending", 20);
    pending.forEach(device -> assertThat(domain.ask(device)).isNotNull());
    List<TestDevice> preauthorized = devices("preauthorized", 20);
    preauthorized.forEach(
        device ->
            assertThat(domain.preauthorize(device, false))
                .isInstanceOf(Devices.Preauthorized.class));
    List<TestDevice> all = new ArrayList<>(pending);
    all.addAll(preauthorized);
    Set<String> in = ConcurrentHashMap.newKeySet();
    eachAtOnce(
        all,
        device -> {
          boolean accepted =
              pending.contains(device)
                  ? domain.set(device, AuthSetStatus.ACCEPTED) instanceof DecisionStore.StatusSet
                  : domain.ask(device) instanceof AuthRequests.Issued;
          if (accepted) {
            in.add(device.idData());
          }
        });
    assertThat(in).hasSize(7);
    assertThat(domain.count(DeviceStatus.ACCEPTED)).isEqualTo(7);
    assertThat(domain.number("SELECT count(*) FROM auth_set WHERE status = 'accepted'"))
        .isEqualTo(7);
  }

  @Test
  void aFloodOfMadeUpDevicesFillsThePlacesAndNoMore() {
    with(new NewDevices.Limits(25, Rate.OFF));
    List<TestDevice> flood = devices("made-up", 150);
    List<TestDevice> told = new ArrayList<>();
    eachAtOnce(
        flood,
        device -> {
          if (domain.ask(device) instanceof AuthRequests.TooMany tooMany) {
            assertThat(tooMany.retryAfter()).isPositive();
            synchronized (told) {
              told.add(device);
            }
          }
        });
    assertThat(domain.count(DeviceStatus.PENDING)).isEqualTo(25);
    assertThat(domain.number("SELECT count(*) FROM device")).isEqualTo(25);
    assertThat(told).hasSize(125);
    assertThat(domain.meters.counter("rekey.devices.refused", "reason", "pending").count())
        .isEqualTo(125);
    TestDevice waiting = flood.stream().filter(device -> !told.contains(device)).toList().get(0);
    assertThat(domain.set(waiting, AuthSetStatus.ACCEPTED))
        .isInstanceOf(DecisionStore.StatusSet.class);
    assertThat(domain.ask(told.getFirst())).isInstanceOf(AuthRequests.NotAuthorized.class);
    assertThat(domain.ask(told.getLast())).isInstanceOf(AuthRequests.TooMany.class);
  }

  @Test
  void oneSourceAddsNoMoreDevicesThanItMay() {
    with(new NewDevices.Limits(0, Rate.of("10/1h")));
    List<TestDevice> flood = devices("made-up", 60);
    eachAtOnce(flood, device -> assertThat(domain.ask(device)).isNotNull());
    assertThat(domain.count(DeviceStatus.PENDING)).isEqualTo(10);
    TestDevice elsewhere = TestDevice.ed25519("elsewhere");
    byte[] body = elsewhere.body();
    assertThat(domain.requests.authenticate(body, elsewhere.sign(body), "2001:db8::1", null))
        .isInstanceOf(AuthRequests.NotAuthorized.class);
    domain.clock.advance(Duration.ofMinutes(6).plusSeconds(1));
    eachAtOnce(flood, device -> assertThat(domain.ask(device)).isNotNull());
    assertThat(domain.count(DeviceStatus.PENDING)).isEqualTo(12);
  }

  /// Everything that can be done, at random, to few devices: nothing fails, and all that is
  /// written fits together.
  @Test
  void whateverIsDoneAtOnceFitsTogether() throws InvalidProtocolBufferException {
    domain.devices.limitDevices(3);
    List<TestDevice> keys = new ArrayList<>();
    for (TestDevice device : devices("chaos", 5)) {
      keys.addAll(List.of(device, device.withNewKey(), device.withNewKey()));
    }
    Set<String> issued = ConcurrentHashMap.newKeySet();
    assertThat(
            together(
                12,
                () -> {
                  for (int i = 0; i < 60; i++) {
                    chaos(keys, ThreadLocalRandom.current(), issued);
                  }
                  return true;
                }))
        .hasSize(12);
    assertConsistent(issued);
  }

  private void chaos(List<TestDevice> keys, Random random, Set<String> issued) {
    TestDevice key = keys.get(random.nextInt(keys.size()));
    switch (random.nextInt(14)) {
      case 0 -> domain.preauthorize(key, true);
      case 1 -> domain.preauthorize(key, false);
      case 2 -> random(random).ifPresent(set -> domain.devices.decommission(set.deviceId()));
      case 3 ->
          random(random).ifPresent(set -> domain.devices.deleteAuthSet(set.deviceId(), set.id()));
      case 4, 5 -> random(random).ifPresent(set -> set(set, AuthSetStatus.REJECTED));
      case 6 -> random(random).ifPresent(set -> set(set, AuthSetStatus.PENDING));
      case 7, 8 -> random(random).ifPresent(set -> set(set, AuthSetStatus.ACCEPTED));
      case 9 -> random(random).ifPresent(set -> domain.devices.revokeToken(set.id()));
      case 10 -> random(random).ifPresent(set -> domain.devices.revokeTokensOf(set.deviceId()));
      default -> {
        if (domain.ask(key) instanceof AuthRequests.Issued token) {
          assertThat(issued.add(token.tokenId())).isTrue();
        }
      }
    }
    if (random.nextInt(40) == 0) {
      domain.devices.limitDevices(3);
      domain
          .stores
          .checkIns()
          .note(
              domain.texts("SELECT id FROM device").stream()
                  .collect(Collectors.toMap(id -> id, _ -> domain.clock.instant())),
              Duration.ZERO);
    }
  }

  private void set(AuthSet authSet, AuthSetStatus status) {
    assertThat(domain.devices.set(authSet.deviceId(), authSet.id(), status)).isNotNull();
  }

  private Optional<AuthSet> random(Random random) {
    List<AuthSet> all =
        domain.devices.list(Set.of(), List.of(), 1, 100).devices().stream()
            .flatMap(device -> device.authSets().stream())
            .toList();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
  }

  private void assertConsistent(Set<String> issued) throws InvalidProtocolBufferException {
    List<Device> all = domain.devices.list(Set.of(), List.of(), 1, 100).devices();
    assertThat(all).extracting(Device::identityData).doesNotHaveDuplicates();
    for (Device device : all) {
      List<AuthSetStatus> statuses = device.authSets().stream().map(AuthSet::status).toList();
      assertThat(device.status()).isEqualTo(DeviceStatus.of(statuses));
    }
    assertThat(domain.number("SELECT count(*) FROM device WHERE status = 'accepted'"))
        .isLessThanOrEqualTo(3);
    Map<DeviceStatus, Long> counted =
        all.stream().collect(Collectors.groupingBy(Device::status, Collectors.counting()));
    for (DeviceStatus status : DeviceStatus.values()) {
      assertThat(domain.count(status)).as("%s", status).isEqualTo(counted.getOrDefault(status, 0L));
    }
    assertThat(
            domain.number(
                """
                SELECT count(*) FROM device_token JOIN auth_set ON auth_set.id = auth_set_id
                WHERE status <> 'accepted'
                """))
        .isZero();
    Set<String> live = new HashSet<>(domain.texts("SELECT id FROM device_token"));
    Set<String> ended = new HashSet<>(issued);
    ended.removeAll(live);
    assertThat(revoked()).as("tokens that all replicas forget").isEqualTo(ended);
    assertThat(ended).isNotEmpty();
  }

  private Set<String> revoked() throws InvalidProtocolBufferException {
    List<byte[]> events =
        domain.jdbi.withHandle(
            handle ->
                handle
                    .createQuery("SELECT value FROM outbox WHERE topic = :topic")
                    .bind("topic", DeviceauthEvents.TOKENS)
                    .mapTo(byte[].class)
                    .list());
    Set<String> revoked = new HashSet<>();
    for (byte[] event : events) {
      revoked.addAll(TokenEvent.parseFrom(event).getRevoked().getTokenIdsList());
    }
    return revoked;
  }
}
