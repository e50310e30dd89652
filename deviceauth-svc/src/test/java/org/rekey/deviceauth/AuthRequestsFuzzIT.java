package org.rekey.deviceauth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rekey.deviceauth.Installation.together;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.PostgresExtension;

/// Damaged requests up to the database: every one gets an answer, and there is no row of which no
/// device has signed.
class AuthRequestsFuzzIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  private static final int CALLERS = 4;
  private static final int REQUESTS = 500;
  private static final List<String> ODD =
      List.of(
          "{\"n\":100e2147483647}",
          "{\"n\":1e308}",
          "{\"n\":1e307}",
          "{\"a\":\"\\u0000\"}",
          "{\"\\u0000\":{\"\":null}}",
          "{\"a\":\"\\ud800\"}",
          "{\"a\":\"\uffff\ud83d\ude00\"}",
          "{\"a\":\"'; DROP TABLE device; --\"}",
          "{\"a\":\"" + "x".repeat(8200) + "\"}",
          "{\"a\":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}",
          "{}",
          "null");

  private final List<TestDevice> devices = new ArrayList<>();
  private Domain domain;

  @BeforeEach
  void open() {
    domain = new Domain(POSTGRES, Domain.NO_LIMITS);
    for (String identity : ODD) {
      devices.add(new TestDevice(identity, KeyFiles.ed25519()));
    }
    devices.add(new TestDevice("{\"a\":1}", KeyFiles.ec("P-256")));
    devices.add(new TestDevice("{\"a\":1.0}", KeyFiles.ec("P-224")));
    devices.add(new TestDevice("{\"b\":[1,2]}", KeyFiles.rsa(1024)));
  }

  @AfterEach
  void close() {
    domain.close();
  }

  @Test
  void leaveNoRowThatNobodyHasSigned() {
    long seed = System.nanoTime();
    Map<String, Set<String>> signed = new ConcurrentHashMap<>();
    AtomicInteger caller = new AtomicInteger();
    assertThat(
            together(
                CALLERS,
                () -> {
                  Random random = new Random(seed + caller.getAndIncrement());
                  for (int i = 0; i < REQUESTS; i++) {
                    send(random, signed);
                  }
                  return true;
                }))
        .as("seed %d", seed)
        .hasSize(CALLERS);
    List<Device> stored = domain.devices.list(Set.of(), List.of(), 1, 10_000).devices();
    assertThat(stored).as("seed %d", seed).hasSize(signed.size());
    for (Device device : stored) {
      assertThat(device.authSets())
          .as("seed %d", seed)
          .extracting(AuthSet::publicKey)
          .containsExactlyInAnyOrderElementsOf(signed.get(device.identityData()));
    }
    assertThat(signed).containsKeys("{\"a\":1}", "{\"a\":\"\\u0000\"}", "{\"b\":[1,2]}");
    assertThat(domain.number("SELECT count(*) FROM device_token")).isZero();
  }

  private void send(Random random, Map<String, Set<String>> signed) {
    TestDevice device = devices.get(random.nextInt(devices.size()));
    byte[] body = random.nextInt(3) == 0 ? device.body() : Mutations.of(device.body(), random);
    String signature = device.sign(random.nextInt(3) == 0 ? device.body() : body);
    if (random.nextInt(5) == 0) {
      signature = Mutations.of(signature, random);
    }
    AuthRequests.Answer answer =
        domain.requests.authenticate(body, signature, Domain.ADDRESS, null);
    switch (AuthRequest.read(body, signature, 1024)) {
      case AuthRequest.Genuine(Identity identity, var key, _) -> {
        signed.computeIfAbsent(identity.json(), _ -> ConcurrentHashMap.newKeySet()).add(key.pem());
        assertThat(answer).isEqualTo(new AuthRequests.NotAuthorized(AuthSetStatus.PENDING));
      }
      case AuthRequest.BadSignature() ->
          assertThat(answer).isInstanceOf(AuthRequests.BadSignature.class);
      case AuthRequest.Malformed(String message) ->
          assertThat(answer).isEqualTo(new AuthRequests.Malformed(message));
    }
  }
}
