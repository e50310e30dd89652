package org.rekey.gateway;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.route.RoutesFile;
import org.rekey.gateway.route.RoutesProblem;
import org.rekey.runtime.config.SettingsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The routes of now: what the file said when it was good the last time.
final class LiveRoutes {
  private static final Logger LOG = LoggerFactory.getLogger(LiveRoutes.class);

  private final Optional<Path> file;
  private volatile Routes routes = Routes.NONE;
  private volatile List<String> refused = List.of();
  private String seen = "";
  private Consumer<Routes> changed = _ -> {};

  /// @throws SettingsException when the file is bad from the start
  LiveRoutes(Optional<Path> file, MeterRegistry meters) {
    this.file = file;
    look();
    if (!refused.isEmpty()) {
      throw new SettingsException(refused);
    }
    Gauge.builder("gateway.routes.refused", this, live -> live.refused.size())
        .description("What is wrong with the routes file; what it said before goes on")
        .register(meters);
  }

  Routes get() {
    return routes;
  }

  /// @param heard told the routes of now at once, and all others after them
  synchronized void onChange(Consumer<Routes> heard) {
    changed = heard;
    heard.accept(routes);
  }

  /// A line for each thing that is wrong with the file; empty when it is served as it is.
  List<String> refused() {
    return refused;
  }

  synchronized void look() {
    if (file.isEmpty()) {
      return;
    }
    String text;
    try {
      text = Files.readString(file.get(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      text = "";
    }
    // A file that cannot be read, or names files that cannot, is looked at each time.
    if (!text.isEmpty() && text.equals(seen) && refused.isEmpty() && routes.isAsItWas()) {
      return;
    }
    seen = text;
    RoutesFile.Checked checked = RoutesFile.check(file.get());
    List<String> problems = checked.problems().stream().map(RoutesProblem::toString).toList();
    if (!problems.isEmpty()) {
      refuse(problems);
    } else if (!checked.routes().equals(routes) || !refused.isEmpty()) {
      refused = List.of();
      routes = checked.routes();
      changed.accept(routes);
      LOG.atInfo()
          .addKeyValue("file", file.get())
          .addKeyValue("routes", routes.routes().size())
          .log("the routes of a file are served");
    }
  }

  private void refuse(List<String> problems) {
    if (!problems.equals(refused)) {
      refused = problems;
      problems.forEach(
          problem ->
              LOG.atError()
                  .addKeyValue("error", problem)
                  .log("a routes file cannot be served; what it said before goes on"));
    }
  }
}
