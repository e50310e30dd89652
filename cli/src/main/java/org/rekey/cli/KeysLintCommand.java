package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.Finding;
import org.rekey.proto.keystore.v1.LintRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey keys lint`.
@Command(
    name = "lint",
    description =
        "What is wrong in the rings' directories (all, if none is named), and what to do about it.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:Every file is used.", "1:A file is refused.", "2:Wrongly called."},
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys lint",
      "  rekey keys lint deviceauth",
      "  rekey keys lint deviceauth 5539"
    })
final class KeysLintCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Mixin private PerhapsKeyArgument argument = new PerhapsKeyArgument();

  @Option(names = "--json", description = "Print an array of objects.")
  private boolean isJson;

  KeysLintCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    LintRequest.Builder request = LintRequest.newBuilder();
    String ring = argument.ringOrAll();
    Long kid = argument.kid();
    if (ring != null) {
      request.setRing(ring);
    }
    if (kid != null) {
      request.setKid(kid);
    }
    List<Finding> findings;
    try (Operator operator = Operator.of(data.directory())) {
      findings = operator.keys().lint(request.build()).getFindingsList();
    }
    if (isJson) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      findings.forEach(finding -> array.add(json(finding)));
      console.json(array);
    } else if (findings.isEmpty()) {
      console.line(console.check() + " nothing is wrong");
    } else {
      findings.forEach(
          finding ->
              console.line(
                  "%s %s: %s: %s [%s]"
                      .formatted(
                          isRefused(finding) ? console.cross() : console.yellow("note"),
                          finding.getRing(),
                          Plain.line(finding.getFile()),
                          Plain.line(finding.getMessage()),
                          finding.getRule())));
    }
    return findings.stream().anyMatch(KeysLintCommand::isRefused) ? ExitCode.SOFTWARE : ExitCode.OK;
  }

  private static boolean isRefused(Finding finding) {
    return finding.getSeverity() == Finding.Severity.SEVERITY_REFUSED;
  }

  private static ObjectNode json(Finding finding) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("ring", finding.getRing()).put("file", finding.getFile());
    json.put("kid", finding.hasKid() ? (Long) finding.getKid() : null);
    return json.put("severity", finding.getSeverity().name().replaceFirst("^SEVERITY_", ""))
        .put("rule", finding.getRule())
        .put("message", finding.getMessage());
  }
}
