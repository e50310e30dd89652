package org.rekey.bench.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A way to put load on a proxy, and the program that does it.
enum Load {
  HTTP1("HTTP/1.1, 32 connections that are kept"),
  NEW_TLS("HTTP/1.1, 32 connections, a new one for each request"),
  H2("HTTP/2, 32 connections × 1 stream"),
  H2_MANY("HTTP/2, 32 connections × 16 streams"),
  OPEN("HTTP/1.1, requests at fixed times whatever becomes of them");

  private static final String CONNECTIONS = "-c32";
  private static final Pattern WRK_RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final Pattern WRK_P50 = Pattern.compile("50%\\s+([0-9.]+)(us|ms|s)");
  private static final Pattern WRK_P99 = Pattern.compile("99%\\s+([0-9.]+)(us|ms|s)");
  private static final Pattern WRK_TOTAL = Pattern.compile("([0-9]+) requests in");
  private static final Pattern WRK_ERROR = Pattern.compile("Non-2xx or 3xx|Socket errors");
  private static final Pattern H2LOAD_RATE =
      Pattern.compile("finished in [0-9.]+m?s, ([0-9.]+) req/s");
  private static final Pattern H2LOAD_COUNTS =
      Pattern.compile(", ([0-9]+) succeeded, ([0-9]+) failed, ([0-9]+) errored");
  private static final String ROTATE =
      """
      local requests, next = {}, 0
      function init(args)
        for token in io.lines(args[1]) do
          local headers = {Authorization = "Bearer " .. token}
        if args[2] then headers.Connection = "close" end
        requests[#requests + 1] = wrk.format("GET", nil, headers)
        end
      end
      function request()
        next = next % #requests + 1
        return requests[next]
      end
      """;

  private final String title;

  Load(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /// @param p50Millis NaN where the program does not tell; so with p99 and p999
  record Measured(
      double perSecond, double p50Millis, double p99Millis, double p999Millis, long requests) {}

  /// The tokens in a form that the load programs can read.
  record Tokens(Path file, Path script, String one) {
    List<String> read() {
      try {
        return Files.readAllLines(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static Tokens write(Path directory, List<String> tokens) {
      try {
        Path file = Files.write(directory.resolve("tokens.txt"), tokens);
        Path script = Files.writeString(directory.resolve("rotate.lua"), ROTATE);
        return new Tokens(file, script, tokens.getFirst());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// @throws IllegalStateException if any request failed or was refused, or no program does this
  Measured run(String url, Tokens tokens, int seconds) {
    return switch (this) {
      case HTTP1 -> wrk(url, tokens, seconds, List.of());
      case NEW_TLS -> wrk(url, tokens, seconds, List.of("close"));
      case H2 -> h2load(url, tokens, seconds, 1);
      case H2_MANY -> h2load(url, tokens, seconds, 16);
      case OPEN -> throw new IllegalStateException("OPEN: is sent by OpenClient");
    };
  }

  /// Tokens in turn.
  private static Measured wrk(String url, Tokens tokens, int seconds, List<String> more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "wrk",
                "-t1",
                CONNECTIONS,
                "-d" + seconds + "s",
                "--latency",
                "-s",
                tokens.script().toString(),
                url,
                "--",
                tokens.file().toString()));
    command.addAll(more);
    String output = output(command);
    if (WRK_ERROR.matcher(output).find()) {
      throw new IllegalStateException(url + ": requests failed\n" + output);
    }
    return new Measured(
        Double.parseDouble(group(WRK_RATE, output, 1)),
        millis(WRK_P50, output),
        millis(WRK_P99, output),
        Double.NaN,
        Long.parseLong(group(WRK_TOTAL, output, 1)));
  }

  /// One token: h2load has no way to let them take turns.
  private static Measured h2load(String url, Tokens tokens, int seconds, int streams) {
    String output =
        output(
            List.of(
                "h2load",
                CONNECTIONS,
                "-m" + streams,
                "-t1",
                "-D" + seconds,
                "-H",
                "authorization: Bearer " + tokens.one(),
                url));
    boolean allGood =
        group(H2LOAD_COUNTS, output, 2).equals("0") && group(H2LOAD_COUNTS, output, 3).equals("0");
    if (!allGood) {
      throw new IllegalStateException(url + ": requests failed\n" + output);
    }
    return new Measured(
        Double.parseDouble(group(H2LOAD_RATE, output, 1)),
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Long.parseLong(group(H2LOAD_COUNTS, output, 1)));
  }

  private static String output(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new IllegalStateException(command.getFirst() + ": exit code " + code + "\n" + output);
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while measuring", e);
    }
  }

  private static double millis(Pattern pattern, String output) {
    double value = Double.parseDouble(group(pattern, output, 1));
    return switch (group(pattern, output, 2)) {
      case "us" -> value / 1000;
      case "s" -> value * 1000;
      default -> value;
    };
  }

  private static String group(Pattern pattern, String output, int group) {
    Matcher matcher = pattern.matcher(output);
    if (!matcher.find()) {
      throw new IllegalStateException(
          "output: not understood (expected: " + pattern + ")\n" + output);
    }
    return matcher.group(group);
  }
}
