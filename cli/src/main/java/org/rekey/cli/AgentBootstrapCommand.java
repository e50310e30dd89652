package org.rekey.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.rekey.agent.Agent;
import org.rekey.agent.auth.Answer;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey agent bootstrap`.
@Command(
    name = "bootstrap",
    description = "Makes the device's key if it has none, and asks for a token once.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:The device may come in.",
      "1:It may not (yet), or nobody has answered.",
      "2:Wrongly called."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey agent bootstrap",
      "  rekey agent bootstrap --config ./mender.conf --data ./state --identity ./identity --json"
    })
final class AgentBootstrapCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private AgentOptions options = new AgentOptions();

  @Option(names = "--json", description = "Print an object.")
  private boolean isJson;

  AgentBootstrapCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Answer answer;
    try (Agent agent = Agent.open(options.read(0));
        LongCall _ = LongCall.started(console, "waiting for a server (30 s each, at most)")) {
      answer = agent.askOnce();
    }
    if (isJson) {
      console.json(json(answer));
    } else {
      console.line(text(answer));
    }
    return answer instanceof Answer.Issued ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static ObjectNode json(Answer answer) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    switch (answer) {
      case Answer.Issued issued ->
          json.put("outcome", "accepted").put("server", issued.token().server());
      case Answer.Refused(String why) -> json.put("outcome", "refused").put("error", why);
      case Answer.Unreachable(String why) -> json.put("outcome", "unreachable").put("error", why);
    }
    return json;
  }

  private String text(Answer answer) {
    return switch (answer) {
      case Answer.Issued issued ->
          console.check() + " the device may come in: " + issued.token().server();
      case Answer.Refused(String why) ->
          console.cross() + " the device may not come in yet (its owner decides): " + why;
      case Answer.Unreachable(String why) -> console.cross() + " no server has answered: " + why;
    };
  }
}
