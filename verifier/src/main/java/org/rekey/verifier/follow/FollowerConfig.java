package org.rekey.verifier.follow;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.rekey.verifier.key.Alg;
import org.rekey.verifier.key.CryptoProvider;

/// How a [KeyLogFollower] keeps up.
///
/// @param verifier the name that it reports under: unique per process, 1 to 64 of `[A-Za-z0-9._-]`
/// @param algs what this process checks; a key of another kind does not sign while it is live
/// @param heartbeat how often the log is pulled although Kafka answers
/// @param heartbeatWithoutKafka how often while it does not
/// @param kafkaSilence how long Kafka may owe an answer before it counts as down; it answers
/// several times a second even when there is nothing new
/// @param pullInterval at most one pull in this time, whoever asks for it
/// @param pullDeadline for one pull; what has come by then is kept, and the next one goes on from
/// there
/// @param reportDeadline for one report
/// @param retryAtMost the longest pause between attempts while a road is down
public record FollowerConfig(
    String verifier,
    List<Alg> algs,
    Duration heartbeat,
    Duration heartbeatWithoutKafka,
    Duration kafkaSilence,
    Duration pullInterval,
    Duration pullDeadline,
    Duration reportDeadline,
    Duration retryAtMost) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  public FollowerConfig {
    if (!NAME.matcher(verifier).matches()) {
      throw new IllegalArgumentException(
          "verifier: " + verifier + " (expected: 1 to 64 characters of [A-Za-z0-9._-])");
    }
    algs = List.copyOf(algs);
    requirePositive("heartbeat", heartbeat);
    requirePositive("heartbeatWithoutKafka", heartbeatWithoutKafka);
    requirePositive("kafkaSilence", kafkaSilence);
    requirePositive("pullInterval", pullInterval);
    requirePositive("pullDeadline", pullDeadline);
    requirePositive("reportDeadline", reportDeadline);
    requirePositive("retryAtMost", retryAtMost);
  }

  /// Pulls every 5 s, every 500 ms without Kafka (silent for 1.5 s), never more often than every
  /// 250 ms; 3 s for a pull, 2 s for a report, pauses of 5 s at most.
  public static FollowerConfig named(String verifier) {
    return new FollowerConfig(
        verifier,
        CryptoProvider.preferred().algs(),
        Duration.ofSeconds(5),
        Duration.ofMillis(500),
        Duration.ofMillis(1500),
        Duration.ofMillis(250),
        Duration.ofSeconds(3),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5));
  }

  public FollowerConfig withAlgs(List<Alg> fewer) {
    return new FollowerConfig(
        verifier,
        fewer,
        heartbeat,
        heartbeatWithoutKafka,
        kafkaSilence,
        pullInterval,
        pullDeadline,
        reportDeadline,
        retryAtMost);
  }

  private static void requirePositive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException("%s: %s (expected: > 0)".formatted(name, value));
    }
  }
}
