package org.rekey.bench.propagation;

import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.rekey.bench.load.RekeyUp;
import org.rekey.verifier.follow.FollowerConfig;
import org.rekey.verifier.follow.KafkaRecords;
import org.rekey.verifier.follow.KeyBooks;
import org.rekey.verifier.follow.KeyLogFollower;
import org.rekey.verifier.token.TokenVerifier;
import org.rekey.verifier.token.TokenVerifierConfig;

/// Verifiers in this process, each with connections of its own to the keystore and to Kafka.
final class Followers implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofMinutes(1);

  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<KeyLogFollower> followers = new ArrayList<>();
  private final List<TokenVerifier> verifiers = new ArrayList<>();

  /// Returns when each has read the key log to its end.
  static Followers start(RekeyUp instance, int count) {
    Followers all = new Followers();
    try {
      for (int i = 0; i < count; i++) {
        all.add(instance, i);
      }
      for (KeyLogFollower follower : all.followers) {
        if (!follower.awaitReady(READY_WITHIN)) {
          throw new IllegalStateException("a verifier has not read the key log in a minute");
        }
      }
      return all;
    } catch (InterruptedException e) {
      all.close();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while verifiers were starting", e);
    } catch (RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private void add(RekeyUp instance, int number) {
    ManagedChannel channel = instance.channel("gateway", "keystore");
    channels.add(channel);
    KeyLogFollower follower =
        new KeyLogFollower(
            FollowerConfig.named("bench-" + number),
            List.of(instance.logKey()),
            channel,
            KafkaRecords.factory(Map.of("bootstrap.servers", instance.kafka())),
            KeyBooks.none(),
            new SimpleMeterRegistry(),
            InstantSource.system(),
            new Random(number));
    followers.add(follower);
    follower.start();
    verifiers.add(new TokenVerifier(follower, TokenVerifierConfig.defaults()));
  }

  List<TokenVerifier> verifiers() {
    return List.copyOf(verifiers);
  }

  @Override
  public void close() {
    followers.forEach(KeyLogFollower::close);
    channels.forEach(ManagedChannel::shutdownNow);
  }
}
