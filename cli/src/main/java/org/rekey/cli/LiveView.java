package org.rekey.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;

/// Lines on a terminal that are redrawn where they stand: only what differs is written, so that
/// nothing flickers.
///
/// What a terminal is too narrow or too short for is cut off, at every size that it comes to have.
final class LiveView implements AutoCloseable {
  private final Terminal terminal;
  private final Display display;
  private final boolean isFullScreen;
  private Size size = new Size();
  private List<String> last = List.of();
  private boolean isClosed;

  LiveView(Terminal terminal, boolean isFullScreen) {
    this.terminal = terminal;
    this.isFullScreen = isFullScreen;
    this.display = new Display(terminal, isFullScreen);
    terminal.echo(false);
    if (isFullScreen) {
      terminal.puts(Capability.enter_ca_mode);
    }
    terminal.puts(Capability.cursor_invisible);
    terminal.flush();
  }

  /// Empty where nothing can be redrawn.
  ///
  /// @param isFullScreen alone on the screen, which is as before when the view is closed; otherwise
  ///     the lines stay
  static Optional<LiveView> on(Console console, boolean isFullScreen) {
    if (!console.isScreen()) {
      return Optional.empty();
    }
    try {
      Terminal terminal =
          TerminalBuilder.builder().system(true).nativeSignals(false).dumb(false).build();
      return Optional.of(new LiveView(terminal, isFullScreen));
    } catch (IOException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  synchronized void show(List<String> lines) {
    if (isClosed) {
      return;
    }
    last = lines;
    Size now = terminal.getSize();
    if (!now.equals(size)) {
      size = new Size(now.getColumns(), now.getRows());
      display.resize(size.getRows(), size.getColumns());
      display.clear();
    }
    draw(fitting(lines));
  }

  private List<String> fitting(List<String> lines) {
    int room = size.getRows() - 1;
    if (lines.size() <= room || room < 2) {
      return lines.subList(0, Math.max(0, Math.min(lines.size(), room)));
    }
    List<String> fitting = new java.util.ArrayList<>(lines.subList(0, room - 1));
    fitting.add("… %d more lines (a taller window shows them)".formatted(lines.size() - room + 1));
    return fitting;
  }

  private void draw(List<String> lines) {
    display.update(
        lines.stream()
            .map(line -> AttributedString.fromAnsi(line).columnSubSequence(0, size.getColumns()))
            .toList(),
        0);
    terminal.flush();
  }

  /// Gives the terminal back. A view that was not alone on the screen leaves its lines there.
  @Override
  public synchronized void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    if (isFullScreen) {
      terminal.puts(Capability.exit_ca_mode);
    } else if (!last.isEmpty()) {
      display.update(List.of(), 0);
      last.forEach(line -> terminal.writer().println(line));
    }
    terminal.puts(Capability.cursor_normal);
    terminal.echo(true);
    terminal.flush();
    try {
      terminal.close();
    } catch (IOException e) {
      // It is given back as far as it can be.
    }
  }
}
