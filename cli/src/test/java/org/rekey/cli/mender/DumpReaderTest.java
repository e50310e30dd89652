package org.rekey.cli.mender;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DumpReaderTest {
  private static List<DumpLine> lines(byte[] text) {
    List<DumpLine> lines = new ArrayList<>();
    try (DumpReader reader = new DumpReader(new ByteArrayInputStream(text), 0, 0)) {
      for (DumpLine line = reader.next(); line != null; line = reader.next()) {
        lines.add(line);
      }
    }
    return lines;
  }

  private static String text(DumpLine line) {
    return new String(line.bytes(), UTF_8);
  }

  @Test
  void countsLinesAndBytes() {
    List<DumpLine> lines = lines("a\n\nüb\nlast".getBytes(UTF_8));
    assertThat(lines).extracting(DumpReaderTest::text).containsExactly("a", "", "üb", "last");
    assertThat(lines).extracting(DumpLine::number).containsExactly(1L, 2L, 3L, 4L);
    assertThat(lines).extracting(DumpLine::end).containsExactly(2L, 3L, 7L, 11L);
    assertThat(lines("".getBytes(UTF_8))).isEmpty();
    assertThat(lines("a\n".getBytes(UTF_8))).hasSize(1);
  }

  @Test
  void keepsALineOfTheGreatestLengthAndNothingOfALongerOne() {
    String longest = "x".repeat(DumpReader.MAX_LINE_BYTES);
    List<DumpLine> lines = lines((longest + "\n" + longest + "y\nafter\n").getBytes(UTF_8));
    assertThat(lines).extracting(DumpLine::isTooLong).containsExactly(false, true, false);
    assertThat(lines.get(0).bytes()).hasSize(DumpReader.MAX_LINE_BYTES);
    assertThat(lines.get(1).bytes()).isEmpty();
    assertThat(text(lines.get(2))).isEqualTo("after");
  }
}
