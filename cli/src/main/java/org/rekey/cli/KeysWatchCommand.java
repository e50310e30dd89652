package org.rekey.cli;

import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import org.rekey.proto.keystore.v1.ListVerifiersRequest;
import org.rekey.proto.keystore.v1.ListVerifiersResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey keys watch`.
@Command(
    name = "watch",
    description = {
      "All rings, their keys and who has acked them, live until Ctrl-C.",
      "Every live verifier has a letter; beside a key stand the letters of those that have it, and",
      "a dot for each that has not. Tokens per second are counted between two reports of a verifier."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys watch",
      "  rekey keys watch --once                 one look, within some seconds, as plain text",
      "  rekey keys watch --json | jq -c '.verifiers[] | select(.behind > 0)'"
    })
final class KeysWatchCommand implements Runnable {
  private static final Duration SHORTEST = Duration.ofMillis(100);
  private static final Duration ONCE_AT_MOST = Duration.ofSeconds(8);
  private static final int ANSWER_SECONDS = 5;

  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = TimeConverter.class,
      description = "How often to look; at least 100ms (default: ${DEFAULT-VALUE}).")
  private Duration interval = Duration.ofSeconds(1);

  @Option(
      names = "--once",
      description = "Look until all verifiers have reported twice, print one frame, and end.")
  private boolean isOnce;

  @Option(names = "--json", description = "Print an object on a line of its own for each look.")
  private boolean isJson;

  KeysWatchCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (interval.compareTo(SHORTEST) < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "--interval: %s (expected: at least 100 ms)".formatted(Times.span(interval)));
    }
    try (Operator operator = Operator.of(data.directory())) {
      if (isOnce) {
        print(settled(operator));
      } else {
        watch(operator);
      }
    }
  }

  private WatchSample settled(Operator operator) {
    long started = System.nanoTime();
    WatchSample sample = look(operator, Rates.NONE);
    while (!sample.rates().areKnownOf(sample.live())
        && System.nanoTime() - started < ONCE_AT_MOST.toNanos()) {
      pause();
      sample = look(operator, sample.rates());
    }
    return sample;
  }

  private void watch(Operator operator) {
    WatchSample sample = look(operator, Rates.NONE);
    Optional<LiveView> view = isJson ? Optional.empty() : LiveView.on(console, true);
    try (Interruption _ = Interruption.by(() -> view.ifPresent(LiveView::close))) {
      String trouble = "";
      while (true) {
        show(view, sample, trouble);
        pause();
        try {
          sample = look(operator, sample.rates());
          trouble = "";
        } catch (StatusRuntimeException e) {
          trouble =
              "the keystore does not answer (%s): as it was at %s"
                  .formatted(e.getStatus().getCode(), sample.at());
        }
      }
    } finally {
      view.ifPresent(LiveView::close);
    }
  }

  private static WatchSample look(Operator operator, Rates before) {
    ListVerifiersResponse verifiers =
        operator
            .keys()
            .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
            .listVerifiers(ListVerifiersRequest.getDefaultInstance());
    return new WatchSample(
        InstantSource.system().instant(),
        operator
            .keys()
            .withDeadlineAfter(ANSWER_SECONDS, TimeUnit.SECONDS)
            .listKeys(ListKeysRequest.getDefaultInstance()),
        verifiers,
        before.after(verifiers.getVerifiersList()));
  }

  private void show(Optional<LiveView> view, WatchSample sample, String trouble) {
    if (view.isEmpty()) {
      if (trouble.isEmpty()) {
        print(sample);
      } else {
        console.warn(trouble);
      }
      return;
    }
    List<String> lines = new ArrayList<>(new WatchFrame(console, sample).lines());
    if (!trouble.isEmpty()) {
      lines.add(1, console.yellow("! ") + trouble);
    }
    view.get().show(lines);
  }

  private void print(WatchSample sample) {
    if (isJson) {
      console.line(WatchJson.of(sample).toString());
      return;
    }
    new WatchFrame(console, sample).lines().forEach(console::line);
    if (!isOnce) {
      console.line("");
    }
  }

  private void pause() {
    try {
      TimeUnit.NANOSECONDS.sleep(interval.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted", e);
    }
  }
}
