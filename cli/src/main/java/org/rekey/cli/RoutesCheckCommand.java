package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.file.FileProblem;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.RequestPath;
import org.rekey.gateway.route.Route;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.route.RoutesFile;
import org.rekey.gateway.route.Upstream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `rekey routes check`.
@Command(
    name = "check",
    description = {
      "Reads a routes file as the gateway does, and tells all that is wrong with it, or which"
          + " routes",
      "it has; with --path, which of them serves a request."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:The gateway would take the file, and a route serves the path.",
      "1:Something is wrong with the file.",
      "2:Wrongly called.",
      "3:No route serves the path, or the gateway refuses it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey routes check routes.yaml",
      "  rekey routes check routes.yaml --path /api/devices/v1/deployments/device/x",
      "  rekey routes check routes.yaml --json"
    })
final class RoutesCheckCommand implements Callable<Integer> {
  private static final int WRONG = 1;
  private static final int NOT_SERVED = 3;

  private final Console console;

  @Parameters(paramLabel = "FILE", description = "The routes file.")
  private Path file = Path.of("");

  @Option(
      names = "--path",
      paramLabel = "PATH",
      description = "Tell which route serves a request for this path (and query).")
  private @Nullable String path;

  @Option(names = "--json", description = "Print an object.")
  private boolean isJson;

  RoutesCheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RoutesFile.Checked checked = RoutesFile.check(file);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode problems = json.putArray("problems");
    for (FileProblem problem : checked.problems()) {
      problems.addObject().put("line", problem.line()).put("text", problem.text());
      say(console.cross() + " " + Plain.line(problem.toString()));
    }
    int code = checked.problems().isEmpty() ? show(checked.routes(), json) : WRONG;
    if (isJson) {
      console.json(json);
    }
    return code;
  }

  private int show(Routes routes, ObjectNode json) {
    if (path != null) {
      return serve(path, routes, json);
    }
    ArrayNode array = json.putArray("routes");
    routes.routes().forEach(route -> array.add(json(route)));
    if (!isJson) {
      Table table = new Table("PATH", "FOR", "UPSTREAMS", "REWRITE");
      for (Route route : routes.routes()) {
        table.row(
            route.path(),
            audience(route.audience()),
            authorities(route.upstreams()),
            route.rewrite().equals(route.path()) ? "" : route.rewrite());
      }
      table.print(console);
      console.line(console.check() + " nothing is wrong");
    }
    return 0;
  }

  private int serve(String asked, Routes routes, ObjectNode json) {
    Optional<RequestPath> request = RequestPath.of(asked);
    if (request.isEmpty()) {
      json.put("refused", "the path can be read in more than one way");
      say(console.cross() + " 400: the path can be read in more than one way");
      return NOT_SERVED;
    }
    Optional<Route> route = routes.find(request.get());
    if (route.isEmpty()) {
      json.putNull("route");
      say(console.cross() + " no route serves it");
      return NOT_SERVED;
    }
    String audience = audience(route.get().audience(request.get()));
    String target = route.get().target(request.get());
    json.set("route", json(route.get()));
    json.put("audience", audience).put("target", target);
    say(
        "%s %s, for %s: %s%s"
            .formatted(
                console.check(),
                route.get().path(),
                audience,
                authorities(route.get().upstreams()),
                Plain.line(" is asked for " + target)));
    return 0;
  }

  private void say(String line) {
    if (!isJson) {
      console.line(line);
    }
  }

  private static ObjectNode json(Route route) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("path", route.path());
    json.put("audience", audience(route.audience()));
    json.put("rewrite", route.rewrite());
    ArrayNode upstreams = json.putArray("upstreams");
    route.upstreams().forEach(upstream -> upstreams.add(upstream.authority()));
    return json;
  }

  private static String audience(Optional<Audience> audience) {
    return audience
        .map(
            whose ->
                switch (whose) {
                  case USERS -> "users";
                  case DEVICES -> "devices";
                })
        .orElse("anyone");
  }

  private static String authorities(List<Upstream> upstreams) {
    return upstreams.stream().map(Upstream::authority).collect(Collectors.joining(", "));
  }
}
