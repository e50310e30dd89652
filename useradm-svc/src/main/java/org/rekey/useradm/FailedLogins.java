package org.rekey.useradm;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rekey.runtime.limit.Buckets;
import org.rekey.runtime.limit.ClientNetwork;
import org.rekey.runtime.limit.Rate;

/// Slows down who guesses passwords. Only failures count, so who knows the password is not slowed
/// down by using it often; what a user could not have known by mistake is counted three ways: per
/// account and address, per account from everywhere, per address for all accounts.
///
/// Counted by each replica for itself, in memory: with N replicas a guesser has N times as many
/// tries, and a restart forgets.
public final class FailedLogins {
  /// @param pair for one account from one address
  /// @param account for one account from anywhere
  /// @param address for one address, whatever the account
  public record Limits(Rate pair, Rate account, Rate address) {}

  private final Counting pairs;
  private final Counting accounts;
  private final Counting addresses;

  public FailedLogins(Limits limits, InstantSource clock) {
    this.pairs = new Counting(limits.pair(), clock);
    this.accounts = new Counting(limits.account(), clock);
    this.addresses = new Counting(limits.address(), clock);
  }

  /// How long this account and address have to wait; empty when they may try.
  ///
  /// @param address textual IPv4 or IPv6; anything else is one address
  public Optional<Duration> mustWait(Email account, String address) {
    String network = ClientNetwork.of(address);
    return Stream.of(
            pairs.mustWait(account.value() + " " + network),
            accounts.mustWait(account.value()),
            addresses.mustWait(network))
        .filter(Duration::isPositive)
        .max(Duration::compareTo);
  }

  /// As [#mustWait], for a name that is no e-mail.
  public Optional<Duration> mustWait(String address) {
    return Optional.of(addresses.mustWait(ClientNetwork.of(address))).filter(Duration::isPositive);
  }

  public void failed(Email account, String address) {
    String network = ClientNetwork.of(address);
    pairs.failed(account.value() + " " + network);
    accounts.failed(account.value());
    addresses.failed(network);
  }

  public void failed(String address) {
    addresses.failed(ClientNetwork.of(address));
  }

  /// A bucket of failures for each key. A failure that comes while others are being checked may
  /// find the bucket empty; it is counted all the same, as a debt.
  private static final class Counting {
    private final Optional<Buckets> buckets;

    Counting(Rate limit, InstantSource clock) {
      this.buckets = limit.isOff() ? Optional.empty() : Optional.of(new Buckets(limit, clock));
    }

    Duration mustWait(String key) {
      return buckets
          .flatMap(known -> known.known(key))
          .map(bucket -> bucket.estimateAbilityToConsume(1).getNanosToWaitForRefill())
          .map(Duration::ofNanos)
          .orElse(Duration.ZERO);
    }

    void failed(String key) {
      buckets.ifPresent(all -> all.of(key).consumeIgnoringRateLimits(1));
    }

    long remembered() {
      return buckets.map(Buckets::size).orElse(0L);
    }
  }

  /// For tests and metrics: how many keys of each kind are remembered.
  List<Long> remembered() {
    return Stream.of(pairs, accounts, addresses).map(Counting::remembered).toList();
  }
}
