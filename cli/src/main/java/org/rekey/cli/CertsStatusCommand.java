package org.rekey.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.rekey.cli.client.GatewayCertificates;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey certs status`.
@Command(
    name = "status",
    description = {
      "What each gateway shows its clients, until when, and how many of the connections that are",
      "open, and of the devices that were here lately, were shown it. Clients that were shown a",
      "certificate which is served no more are told to come again with their next request. A"
          + " device",
      "that refuses a certificate is not counted for it: only those that were let in are.",
      "Exit code 3 when a certificate cannot be served."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey certs status",
      "  rekey certs status --gateway 10.0.0.5:9090 --gateway 10.0.0.6:9090 --json"
    })
final class CertsStatusCommand implements java.util.concurrent.Callable<Integer> {
  private static final Duration SOON = Duration.ofDays(30);
  private static final int REFUSED = 3;

  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Option(
      names = "--gateway",
      paramLabel = "HOST:PORT",
      description =
          "A gateway's management port; may be repeated (default: that of the local instance).")
  private List<String> gateways = new ArrayList<>();

  @Option(names = "--json", description = "Print an object with a member for each gateway.")
  private boolean isJson;

  CertsStatusCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<String> asked =
        gateways.isEmpty() ? List.of(GatewayCertificates.managementOf(data.directory())) : gateways;
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    asked.forEach(gateway -> all.set(gateway, GatewayCertificates.ask(gateway)));
    if (isJson) {
      console.json(all);
    } else {
      all.properties().forEach(gateway -> print(gateway.getKey(), gateway.getValue()));
    }
    boolean isRefused =
        asked.stream().anyMatch(gateway -> !all.path(gateway).path("refused").isEmpty());
    return isRefused ? REFUSED : 0;
  }

  private void print(String gateway, JsonNode status) {
    console.line(gateway);
    status.path("listeners").forEach(this::print);
    status.path("refused").forEach(line -> console.line("  " + console.red("! " + line.asText())));
  }

  private void print(JsonNode listener) {
    console.line("  " + listener.path("name").asText() + " " + listener.path("port").asText());
    Table table =
        new Table("  NAMES", "UNTIL", "LEFT", "FINGERPRINT", "CONNECTIONS", "DEVICES", "FILE")
            .right(4)
            .right(5);
    for (JsonNode served : listener.path("certificates")) {
      Instant until = Instant.parse(served.path("not_after").asText());
      table.row(
          "  " + names(served),
          until.truncatedTo(ChronoUnit.SECONDS).toString(),
          left(until),
          start(served),
          served.path("connections").asText(),
          served.path("devices").asText(),
          served.path("file").asText());
    }
    for (JsonNode replaced : listener.path("replaced")) {
      table.row(
          "  (replaced)",
          "",
          "",
          start(replaced),
          console.yellow(replaced.path("connections").asText()),
          console.yellow(replaced.path("devices").asText()),
          "");
    }
    table.print(console);
    print(listener.path("devices"), listener.path("replaced").isEmpty());
  }

  private void print(JsonNode devices, boolean isReady) {
    String ready =
        "%s of %s devices"
            .formatted(
                devices.path("shown_what_is_served").asText(), devices.path("seen").asText());
    console.line(
        "  %s that were here in the last %s have been shown what is served (counted since %s)"
            .formatted(
                isReady ? ready : console.yellow(ready),
                Times.span(Duration.ofSeconds(devices.path("within_seconds").asLong())),
                Instant.parse(devices.path("since").asText()).truncatedTo(ChronoUnit.SECONDS)));
    if (devices.path("not_remembered").asLong() > 0) {
      console.line(
          "  "
              + console.yellow("!")
              + " more devices came than the gateway remembers (500000): the numbers are too low");
    }
  }

  private String left(Instant until) {
    Duration left = Duration.between(Instant.now(), until);
    String text = Times.span(left);
    return left.compareTo(SOON) < 0 ? console.red(text) : text;
  }

  private static String start(JsonNode certificate) {
    return certificate.path("fingerprint").asText().substring(0, 16);
  }

  private static String names(JsonNode served) {
    return StreamSupport.stream(served.path("names").spliterator(), false)
        .map(JsonNode::asText)
        .collect(Collectors.joining(" "));
  }
}
