package org.rekey.verifier.serve;

import com.github.benmanes.caffeine.cache.Ticker;
import io.grpc.Channel;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.verifier.follow.FollowerConfig;
import org.rekey.verifier.follow.KafkaRecords;
import org.rekey.verifier.follow.KeyLogFollower;
import org.rekey.verifier.follow.RecordSource;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.token.TokenVerifier;
import org.rekey.verifier.token.TokenVerifierConfig;

/// Everything between a key log and a verdict, for the issuer of one ring: the follower, the token
/// check, the registry's word and the endpoint over them.
public final class VerdictService implements AutoCloseable {
  private final String ring;
  private final KeyLogFollower follower;
  private final LiveTokens live;
  private final @Nullable TokenFeed feed;
  private final TokenVerdicts verdicts;
  private final List<Thread> waiting = new CopyOnWriteArrayList<>();

  /// @param trusted the keystore's log keys
  /// @param keystore a channel to keystore-svc, not closed here
  /// @param bus null to live without Kafka: key events come over gRPC, and the registry's word is
  /// held no longer than its time to live
  public VerdictService(
      Config config,
      Collection<LogKey> trusted,
      Channel keystore,
      @Nullable Bus bus,
      Books books,
      MeterRegistry meters,
      InstantSource clock,
      RandomGenerator random) {
    this.ring = config.ring();
    String name = ring + "-" + HexFormat.of().toHexDigits(random.nextInt());
    CryptoProvider crypto = CryptoProvider.preferred().without(config.withoutAlgs());
    VerdictCounters counters = new VerdictCounters(config.ring(), meters);
    this.follower =
        new KeyLogFollower(
            FollowerConfig.named(name).withAlgs(crypto.algs()),
            trusted,
            keystore,
            bus == null ? null : bus.keyLog(),
            new UsageFigures(books.usage(), counters, clock, meters),
            meters,
            clock,
            random);
    Coverage coverage = new Coverage();
    this.live =
        new LiveTokens(
            books.registry(),
            config.rememberedTokens(),
            config.believeRegistryFor(),
            coverage,
            Ticker.systemTicker(),
            meters);
    this.feed =
        bus == null
            ? null
            : new TokenFeed(
                bus.tokens(),
                bus.seal(),
                live,
                coverage,
                config.believeRegistryFor(),
                Ticker.systemTicker(),
                meters,
                clock,
                random);
    TokenVerifierConfig verifier =
        TokenVerifierConfig.defaults().withRememberedSignatures(config.rememberedSignatures());
    this.verdicts =
        new TokenVerdicts(
            config.ring(),
            new TokenVerifier(follower, verifier, crypto, Ticker.systemTicker()),
            live,
            books.used(),
            clock,
            counters);
  }

  /// Begins to follow the key log; returns at once.
  public void start() {
    follower.start();
    if (feed != null) {
      feed.start();
    }
  }

  /// Runs something when the key log has been read to its end for the first time. Before that, a
  /// kid that is not known yet makes a verdict UNAVAILABLE.
  public void whenReady(Runnable then) {
    waiting.add(
        Thread.ofVirtual()
            .name("key-log-ready")
            .start(
                () -> {
                  if (awaitReady()) {
                    then.run();
                  }
                }));
  }

  private boolean awaitReady() {
    try {
      boolean ready = false;
      while (!ready) {
        ready = follower.awaitReady(Duration.ofMinutes(1));
      }
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  /// Empty when verdicts can be given, otherwise what is in the way.
  public String lacks() {
    return follower.status().ready() ? "" : "the key log could not be read yet";
  }

  public TokenVerdicts verdicts() {
    return verdicts;
  }

  public LiveTokens live() {
    return live;
  }

  public TokenVerifierEndpoint endpoint() {
    return new TokenVerifierEndpoint(verdicts);
  }

  public VerificationKeysEndpoint keys() {
    return new VerificationKeysEndpoint(ring, follower::map, follower::status);
  }

  @Override
  public void close() {
    waiting.forEach(Thread::interrupt);
    if (feed != null) {
      feed.close();
    }
    follower.close();
  }

  /// The topics of Kafka.
  ///
  /// @param keyLog the keystore's, from its start
  /// @param tokens the issuer's token events, from now on
  /// @param seal of the issuer's token events
  public record Bus(RecordSource.Factory keyLog, RecordSource.Factory tokens, TokenSeal seal) {
    /// @param client connection settings: `bootstrap.servers` and whatever TLS and SASL need
    public static Bus of(Map<String, Object> client, TokenSeal seal) {
      return new Bus(KafkaRecords.factory(client), KafkaRecords.news(client, seal.topic()), seal);
    }
  }

  /// What the issuer knows of its tokens.
  ///
  /// @param registry which are live
  /// @param usage counts what hangs on each kid at an instant; may block
  /// @param used told of every token that is accepted; must be quick and not throw
  public record Books(
      TokenRegistry registry,
      Function<Instant, List<KeyUsage>> usage,
      Consumer<Verdict.Accepted> used) {}

  /// @param ring whose tokens are judged
  /// @param rememberedSignatures how many good signatures to remember; 0 for none
  /// @param rememberedTokens how many tokens' liveness to remember
  /// @param believeRegistryFor how long to believe what the registry said while the token feed is
  /// not heard
  /// @param withoutAlgs what this process does not check: while it is live no key of these kinds
  /// begins to sign
  public record Config(
      String ring,
      int rememberedSignatures,
      int rememberedTokens,
      Duration believeRegistryFor,
      Set<Alg> withoutAlgs) {}
}
