package org.rekey.gateway.oauth;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.rekey.runtime.limit.Buckets;
import org.rekey.runtime.limit.ClientNetwork;
import org.rekey.runtime.limit.Rate;

/// Lets clients in by id and secret. Thread-safe.
///
/// A secret has 256 random bits and cannot be guessed, so failures are counted only to keep them
/// cheap: who has the right secret is let in however many others fail at the same address, and
/// nobody can lock a client out.
public final class ClientGate {
  private final AtomicReference<Clients> clients;
  private final Optional<Buckets> failures;

  /// What became of an attempt.
  public sealed interface Attempt {}

  public record Admitted(OAuthClient client) implements Attempt {}

  public record Refused() implements Attempt {}

  /// Refused, and it has happened too often.
  public record TooMany(Duration retryAfter) implements Attempt {}

  public ClientGate(Clients clients, Rate perAddress, InstantSource clock) {
    this.clients = new AtomicReference<>(clients);
    this.failures =
        perAddress.isOff() ? Optional.empty() : Optional.of(new Buckets(perAddress, clock));
  }

  /// From now on these are the clients, and no others.
  public void admitOnly(Clients others) {
    clients.set(others);
  }

  /// @param address the client's
  public Attempt admit(String id, String secret, String address) {
    Optional<OAuthClient> client = clients.get().find(id, secret);
    return client.isPresent() ? new Admitted(client.get()) : failed(address);
  }

  /// As [#admit], for who shows no id and secret that can be read.
  public Attempt failed(String address) {
    return failures
        .map(buckets -> buckets.of(ClientNetwork.of(address)).tryConsumeAndReturnRemaining(1))
        .filter(probe -> !probe.isConsumed())
        .<Attempt>map(probe -> new TooMany(Duration.ofNanos(probe.getNanosToWaitForRefill())))
        .orElseGet(Refused::new);
  }
}
