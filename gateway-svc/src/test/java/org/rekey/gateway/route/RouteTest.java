package org.rekey.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTest {
  @ParameterizedTest
  @CsvSource({
    "/a,      /b,   /a/x,      /b/x",
    "/a,      /b/,  /a/x,      /b/x",
    "/a,      /b,   /a,        /b",
    "/a/,     /b,   /a/x,      /b/x",
    "/a/,     /b/,  /a/x,      /b/x",
    "/,       /app, /x,        /app/x",
    "/,       /app, /-admin/x, /app/-admin/x",
    "/,       /app, /,         /app",
    "/static/, /ui, /static/-admin, /ui/-admin"
  })
  void putsOneSlashBetweenTheRewrittenPathAndTheRest(
      String path, String rewrite, String asked, String target) {
    Route route =
        new Route(
            path,
            Optional.empty(),
            rewrite,
            List.of(),
            Transport.DEFAULT,
            Patience.DEFAULT,
            Route.ANY_LENGTH,
            Optional.empty(),
            Optional.empty(),
            new AtomicInteger());
    assertThat(route.target(RequestPath.of(asked).orElseThrow())).isEqualTo(target);
  }
}
