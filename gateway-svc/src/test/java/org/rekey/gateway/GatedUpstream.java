package org.rekey.gateway;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// One upstream and the gateway in front of it, for all tests of a class; what has arrived is
/// forgotten between them.
final class GatedUpstream implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {
  private final Supplier<Path> home;
  private final String routes;
  private final RawUpstream upstream = new RawUpstream();
  private @Nullable Gate gate;

  /// @param home asked when the tests begin
  /// @param routes with `%1$s` for the upstream's address
  GatedUpstream(Supplier<Path> home, String routes) {
    this.home = home;
    this.routes = routes;
  }

  /// Anyone may ask for whatever is below `/open`.
  static GatedUpstream open(Supplier<Path> home) {
    return new GatedUpstream(
        home,
        """
        routes:
          - path: /open
            audience: anyone
            upstream: %1$s
        """);
  }

  Gate gate() {
    return requireNonNull(gate);
  }

  RawUpstream upstream() {
    return upstream;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    gate = new Gate(home.get(), routes.formatted(upstream.url()), Map.of());
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    upstream.requests().clear();
    upstream.heads().clear();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    gate().close();
    upstream.close();
  }
}
