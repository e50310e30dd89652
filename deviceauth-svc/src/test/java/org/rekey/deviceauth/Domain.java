package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.runtime.db.Database;
import org.rekey.runtime.limit.Rate;
import org.rekey.runtime.outbox.Outbox;
import org.rekey.testkit.MutableClock;
import org.rekey.testkit.PostgresExtension;
import org.rekey.verifier.serve.Coverage;
import org.rekey.verifier.serve.LiveTokens;
import org.rekey.verifier.serve.TokenSigner;

/// What deviceauth-svc does, on a database of its own and without wires. Events stay in the outbox;
/// tokens are not signed.
final class Domain implements AutoCloseable {
  static final NewDevices.Limits NO_LIMITS = new NewDevices.Limits(0, Rate.OFF);
  static final long KID = 3;
  static final String ADDRESS = "192.0.2.1";

  final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final Jdbi jdbi;
  final DeviceauthStores stores;
  final AuthRequests requests;
  final Devices devices;
  final KeyRotations rotations;
  private final Database database;

  Domain(PostgresExtension postgres, NewDevices.Limits limits) {
    database = Database.open(postgres.newDatabase(), "deviceauth", meters);
    jdbi = database.jdbi();
    stores = DeviceauthStores.over(jdbi, Outbox.open(() -> {}), UUID::randomUUID, clock);
    LiveTokens live =
        new LiveTokens(
            stores.tokens(), 1, Duration.ofSeconds(1), new Coverage(), System::nanoTime, meters);
    requests =
        new AuthRequests(
            stores.requests(),
            stores.tokens(),
            new NewDevices(stores.requests(), limits, clock, meters),
            _ -> new TokenSigner.Signed("token", KID),
            live,
            new AuthRequests.Policy("Mender", Duration.ofDays(7), 1024),
            clock,
            UUID::randomUUID,
            meters);
    devices =
        new Devices(
            stores.devices(),
            stores.decisions(),
            stores.tokens(),
            live,
            1024,
            clock,
            UUID::randomUUID);
    rotations =
        new KeyRotations(
            stores.rotations(), live, 1024, clock, UUID::randomUUID, new SecureRandom(), meters);
  }

  @Override
  public void close() {
    database.close();
  }

  AuthRequests.Answer ask(TestDevice device) {
    return ask(device, null);
  }

  AuthRequests.Answer ask(TestDevice device, @Nullable CertificateEvidence certificate) {
    byte[] body = device.body();
    return requests.authenticate(body, device.sign(body), ADDRESS, certificate);
  }

  AuthRequests.Issued token(TestDevice device) {
    AuthRequests.Answer answer = ask(device);
    assertThat(answer).isInstanceOf(AuthRequests.Issued.class);
    return (AuthRequests.Issued) answer;
  }

  /// The device with this identity, which has to be there.
  Device find(TestDevice of) {
    Identity identity = ((Identity.Usable) Identity.parse(of.idData())).identity();
    DeviceKey key = ((DeviceKey.Usable) DeviceKey.parse(of.publicKey(), 1024)).key();
    String id =
        switch (stores.requests().find(identity, key)) {
          case AuthRequestStore.Known known -> known.deviceId();
          case AuthRequestStore.NewKey(String deviceId) -> deviceId;
          case AuthRequestStore.NewDevice _ -> throw new AssertionError("no device " + of.idData());
        };
    return devices.get(id).orElseThrow();
  }

  /// What a request with a certificate does once it has looked.
  void certify(TestDevice of) {
    Identity identity = ((Identity.Usable) Identity.parse(of.idData())).identity();
    DeviceKey key = ((DeviceKey.Usable) DeviceKey.parse(of.publicKey(), 1024)).key();
    NewIds ids =
        new NewIds(UUID.randomUUID().toString(), UUID.randomUUID().toString(), clock.instant());
    assertThat(stores.requests().certify(identity, key, ids))
        .isInstanceOf(AuthRequestStore.Certified.class);
  }

  AuthSet authSet(TestDevice of) {
    return find(of).authSets().stream()
        .filter(set -> set.publicKey().equals(of.publicKey()))
        .findFirst()
        .orElseThrow();
  }

  DecisionStore.SetStatus set(TestDevice of, AuthSetStatus status) {
    AuthSet authSet = authSet(of);
    return devices.set(authSet.deviceId(), authSet.id(), status);
  }

  /// Asks once and is accepted then.
  Device accepted(TestDevice device) {
    assertThat(ask(device)).isInstanceOf(AuthRequests.NotAuthorized.class);
    assertThat(set(device, AuthSetStatus.ACCEPTED)).isInstanceOf(DecisionStore.StatusSet.class);
    return find(device);
  }

  Devices.Preauthorization preauthorize(TestDevice device, boolean force) {
    return devices.preauthorize(device.idData(), device.publicKey(), force);
  }

  long count(DeviceStatus status) {
    return devices.count(Set.of(status));
  }

  long number(String query) {
    return jdbi.withHandle(handle -> handle.createQuery(query).mapTo(Long.class).one());
  }

  List<String> texts(String query) {
    return jdbi.withHandle(handle -> handle.createQuery(query).mapTo(String.class).list());
  }
}
