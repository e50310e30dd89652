package org.rekey.useradm;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Slows down who guesses passwords. Only failures count, so who knows the password is not slowed
/// down by using it often; what a user could not have known by mistake is counted three ways: per
/// account and address, per account from everywhere, per address for all accounts.
///
/// Counted by each replica for itself, in memory: with N replicas a guesser has N times as many
/// tries, and a restart forgets.
public final class FailedLogins {
  private static final int MAX_REMEMBERED = 100_000;
  private static final int IPV6_NETWORK_BYTES = 8;

  /// @param pair for one account from one address
  /// @param account for one account from anywhere
  /// @param address for one address, whatever the account
  public record Limits(FailureLimit pair, FailureLimit account, FailureLimit address) {}

  private final Counting pairs;
  private final Counting accounts;
  private final Counting addresses;

  public FailedLogins(Limits limits, InstantSource clock) {
    TimeMeter time = new ClockTime(clock);
    this.pairs = new Counting(limits.pair(), time);
    this.accounts = new Counting(limits.account(), time);
    this.addresses = new Counting(limits.address(), time);
  }

  /// How long this account and address have to wait; empty when they may try.
  ///
  /// @param address textual IPv4 or IPv6; anything else is one address
  public Optional<Duration> mustWait(Email account, String address) {
    String network = network(address);
    return Stream.of(
            pairs.mustWait(account.value() + " " + network),
            accounts.mustWait(account.value()),
            addresses.mustWait(network))
        .filter(Duration::isPositive)
        .max(Duration::compareTo);
  }

  /// As [#mustWait], for a name that is no e-mail.
  public Optional<Duration> mustWait(String address) {
    return Optional.of(addresses.mustWait(network(address))).filter(Duration::isPositive);
  }

  public void failed(Email account, String address) {
    String network = network(address);
    pairs.failed(account.value() + " " + network);
    accounts.failed(account.value());
    addresses.failed(network);
  }

  public void failed(String address) {
    addresses.failed(network(address));
  }

  /// Whoever has one address of an IPv6 network has all of its 2⁶⁴.
  static String network(String address) {
    try {
      InetAddress parsed = InetAddress.ofLiteral(address);
      return parsed instanceof Inet6Address
          ? HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), IPV6_NETWORK_BYTES))
          : parsed.getHostAddress();
    } catch (IllegalArgumentException e) {
      return "unknown";
    }
  }

  /// A bucket of failures for each key. A failure that comes while others are being checked may
  /// find the bucket empty; it is counted all the same, as a debt.
  private static final class Counting {
    private final FailureLimit limit;
    private final TimeMeter time;
    private final Cache<String, Bucket> buckets;

    Counting(FailureLimit limit, TimeMeter time) {
      this.limit = limit;
      this.time = time;
      this.buckets =
          Caffeine.newBuilder()
              .maximumSize(MAX_REMEMBERED)
              .ticker(time::currentTimeNanos)
              .expireAfterAccess(limit.per().multipliedBy(2))
              .build();
    }

    Duration mustWait(String key) {
      Bucket bucket = limit.isOff() ? null : buckets.getIfPresent(key);
      return bucket == null
          ? Duration.ZERO
          : Duration.ofNanos(bucket.estimateAbilityToConsume(1).getNanosToWaitForRefill());
    }

    void failed(String key) {
      if (!limit.isOff()) {
        buckets.get(key, _ -> fresh()).consumeIgnoringRateLimits(1);
      }
    }

    private Bucket fresh() {
      return Bucket.builder()
          .addLimit(
              bandwidth ->
                  bandwidth.capacity(limit.failures()).refillGreedy(limit.failures(), limit.per()))
          .withCustomTimePrecision(time)
          .build();
    }
  }

  private record ClockTime(InstantSource clock) implements TimeMeter {
    @Override
    public long currentTimeNanos() {
      var now = clock.instant();
      return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }

  /// For tests and metrics: how many keys of each kind are remembered.
  List<Long> remembered() {
    return Stream.of(pairs, accounts, addresses).map(it -> it.buckets.estimatedSize()).toList();
  }
}
