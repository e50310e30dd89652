package org.rekey.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.stream.IntStream;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.junit.jupiter.api.Test;

class LiveViewTest {
  private static final String HIDE_CURSOR = "\u001b[?25l";
  private static final String SHOW_CURSOR = "\u001b[?25h";
  private static final String OWN_SCREEN = "\u001b[?1049h";
  private static final String SCREEN_AS_BEFORE = "\u001b[?1049l";

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final Terminal terminal = terminal();

  private Terminal terminal() {
    try {
      return TerminalBuilder.builder()
          .system(false)
          .streams(InputStream.nullInputStream(), written)
          .encoding(UTF_8)
          .type("xterm-256color")
          .size(new Size(40, 6))
          .build();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private String taken() {
    String text = written.toString(UTF_8);
    written.reset();
    return text;
  }

  @Test
  void writesOnlyWhatDiffers() {
    try (var view = new LiveView(terminal, false)) {
      view.show(List.of("waiting", "silent for 1 s"));
      assertThat(taken()).startsWith(HIDE_CURSOR).contains("waiting", "silent for 1 s");
      view.show(List.of("waiting", "silent for 2 s"));
      assertThat(taken()).contains("2").doesNotContain("waiting").doesNotContain("silent");
      view.show(List.of("waiting", "silent for 2 s"));
      assertThat(taken()).isEmpty();
    }
  }

  @Test
  void leavesItsLastLinesAndTheCursor() {
    var view = new LiveView(terminal, false);
    view.show(List.of("one", "two"));
    taken();
    view.close();
    assertThat(taken()).containsSubsequence("one", "two", SHOW_CURSOR);
    view.show(List.of("too late"));
    view.close();
    assertThat(taken()).isEmpty();
  }

  @Test
  void givesTheScreenBackAsItWas() {
    var view = new LiveView(terminal, true);
    view.show(List.of("one"));
    assertThat(taken()).startsWith(OWN_SCREEN).contains("one");
    view.close();
    assertThat(taken()).contains(SCREEN_AS_BEFORE, SHOW_CURSOR).doesNotContain("one");
  }

  @Test
  void cutsWhatTheWindowIsTooSmallFor() {
    try (var view = new LiveView(terminal, true)) {
      view.show(IntStream.range(0, 9).mapToObj(n -> "line " + n).toList());
      assertThat(taken())
          .contains("line 3", "… 5 more lines")
          .doesNotContain("line 4")
          .doesNotContain("line 8");
      view.show(List.of("x".repeat(200)));
      assertThat(taken()).contains("x".repeat(40)).doesNotContain("x".repeat(41));
    }
  }

  @Test
  void followsAWindowThatIsMadeLarger() {
    try (var view = new LiveView(terminal, true)) {
      view.show(List.of("x".repeat(50)));
      taken();
      terminal.setSize(new Size(60, 6));
      view.show(List.of("x".repeat(50)));
      assertThat(taken()).contains("x".repeat(50));
    }
  }
}
