package org.rekey.cli.mender;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Whatever a line is, the parser answers. Bounded, and the same with every run.
class DumpParserFuzzTest {
  private static final int ROUNDS = 60_000;
  private static final List<String> SAMPLES =
      List.of(
          Dumps.relaxedUser(),
          Dumps.canonicalUser(),
          Dumps.relaxedToken(),
          Dumps.canonicalToken(),
          Dumps.session("t", "u"),
          Dumps.user("u"));

  /// What the parser looks for, and what it must not stumble over.
  private static final List<String> PIECES =
      List.of(
          "null",
          "true",
          "{}",
          "[]",
          "\"\"",
          "-1",
          "1e999",
          "1e-999",
          "9223372036854775808",
          "0.5",
          "-62135596800000",
          "{\"$date\":null}",
          "{\"$date\":{}}",
          "{\"$date\":\"\"}",
          "{\"$date\":{\"$numberLong\":\"x\"}}",
          "{\"$numberLong\":null}",
          "{\"$numberDouble\":\"NaN\"}",
          "{\"$numberDouble\":\"Infinity\"}",
          "{\"$binary\":null}",
          "{\"$binary\":{\"base64\":7}}",
          "{\"$oid\":null}",
          "{\"$uuid\":\"0-0-0-0-0\"}",
          "{\"time\":{\"time\":{\"time\":1}}}",
          "\"\\ud800\"",
          "\u0000",
          "🚀");

  private final DumpParser parser = new DumpParser("");

  @Test
  void neverThrowsAndNeverTellsASecret() {
    Random random = new Random(20260831);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] line = mutant(random);
      DumpRecord record = parser.parse(line);
      if (record instanceof DumpRecord.Refused(String problem)) {
        refused++;
        assertThat(problem).isNotBlank().doesNotContain("N9qo8uLO").hasSizeLessThan(200);
      }
    }
    assertThat(refused).isBetween(ROUNDS / 10, ROUNDS - 1);
  }

  private static byte[] mutant(Random random) {
    String sample = SAMPLES.get(random.nextInt(SAMPLES.size()));
    return switch (random.nextInt(5)) {
      case 0 -> withValueReplaced(sample, random).getBytes(UTF_8);
      case 1 -> withBytesChanged(sample.getBytes(UTF_8), random);
      case 2 -> sample.substring(0, random.nextInt(sample.length())).getBytes(UTF_8);
      case 3 -> withPieceInserted(sample, random).getBytes(UTF_8);
      default -> {
        byte[] noise = new byte[random.nextInt(64)];
        random.nextBytes(noise);
        yield noise;
      }
    };
  }

  private static String withValueReplaced(String sample, Random random) {
    int colon = sample.indexOf(':', random.nextInt(sample.length()));
    if (colon < 0) {
      return sample;
    }
    int end = sample.indexOf(',', colon);
    return sample.substring(0, colon + 1)
        + PIECES.get(random.nextInt(PIECES.size()))
        + (end < 0 ? "}" : sample.substring(end));
  }

  private static String withPieceInserted(String sample, Random random) {
    int at = random.nextInt(sample.length());
    return sample.substring(0, at)
        + PIECES.get(random.nextInt(PIECES.size()))
        + sample.substring(at);
  }

  private static byte[] withBytesChanged(byte[] line, Random random) {
    for (int i = random.nextInt(4); i >= 0; i--) {
      line[random.nextInt(line.length)] = (byte) random.nextInt(256);
    }
    return line;
  }
}
