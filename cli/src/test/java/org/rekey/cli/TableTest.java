package org.rekey.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import org.junit.jupiter.api.Test;

class TableTest {
  private final StringWriter out = new StringWriter();

  private Console console(boolean hasColours, Charset charset) {
    return new Console(new PrintWriter(out, true), new PrintWriter(out, true), hasColours, charset);
  }

  @Test
  void alignsColumns() {
    Console plain = console(false, UTF_8);
    new Table("KID", "STATE").row("5539", "ACTIVE").row("0", plain.green("x")).print(plain);
    assertThat(out).hasToString("KID   STATE\n5539  ACTIVE\n0     x\n");
  }

  @Test
  void alignsNumbersToTheRight() {
    assertThat(
            new Table("KID", "N", "X")
                .right(1)
                .row("5539", "7", "a")
                .row("0", "1234", "b")
                .lines(console(false, UTF_8)))
        .containsExactly("KID      N  X", "5539     7  a", "0     1234  b");
  }

  @Test
  void doesNotCountColoursAsWidth() {
    Console coloured = console(true, UTF_8);
    new Table("A", "B").row(coloured.red("long"), "1").row("s", "2").print(coloured);
    assertThat(out.toString())
        .contains("\u001b[31mlong\u001b[0m  1")
        .contains("s     2")
        .startsWith("\u001b[1m");
  }

  @Test
  void writesSignsOnlyWhereTheyCanBeShown() {
    assertThat(console(false, UTF_8).check()).isEqualTo("✓");
    assertThat(console(false, US_ASCII).check()).isEqualTo("ok");
  }
}
