package org.rekey.gateway.http;

import io.grpc.Channel;
import io.netty.handler.ssl.OpenSsl;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.rekey.gateway.GatewaySettings;
import org.rekey.gateway.proxy.Forwarder;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.route.Routes;
import org.rekey.gateway.verdict.VerdictClient;
import org.rekey.runtime.config.SettingsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTPS port: TLS 1.2 and 1.3, HTTP/1.1 and HTTP/2, one [Edge] for each event loop.
public final class HttpsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HttpsServer.class);
  private static final long GRACE_SECONDS = 3;
  private static final int MAX_TARGET_BYTES = 8192;

  /// Vert.x: any free port, the same one for all instances. Its 0 would be another for each.
  private static final int ANY_SHARED_PORT = -1;

  private final Vertx vertx;
  private final AtomicInteger port = new AtomicInteger();

  /// What each event loop builds its [Edge] from.
  public record Parts(
      GatewaySettings settings,
      Channel useradm,
      Channel deviceauth,
      Supplier<Routes> routes,
      Supplier<String> requestIds,
      EdgeMetrics metrics) {}

  public HttpsServer(Parts parts) {
    int loops =
        parts.settings().eventLoops() > 0
            ? parts.settings().eventLoops()
            : Runtime.getRuntime().availableProcessors();
    this.vertx =
        Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(loops));
    HttpServerOptions options = options(parts.settings());
    try {
      // One by one: the first instance opens the port, the others share it.
      for (int i = 0; i < loops; i++) {
        vertx
            .deployVerticle(new Loop(parts, options), new DeploymentOptions())
            .toCompletionStage()
            .toCompletableFuture()
            .join();
      }
    } catch (CompletionException e) {
      vertx.close().toCompletionStage().toCompletableFuture().join();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new SettingsException(
          "GATEWAY_LISTEN="
              + parts.settings().listen()
              + " with GATEWAY_CERTIFICATE="
              + parts.settings().certificate()
              + ": HTTPS cannot be served: "
              + cause.getMessage());
    }
    LOG.atInfo()
        .addKeyValue("port", port.get())
        .addKeyValue("tlsEngine", parts.settings().tlsEngine())
        .addKeyValue("eventLoops", loops)
        .log("serving HTTPS");
  }

  public int port() {
    return port.get();
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private static HttpServerOptions options(GatewaySettings settings) {
    int configured = settings.listen().port();
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(settings.listen().host())
            .setPort(configured == 0 ? ANY_SHARED_PORT : configured)
            .setSsl(true)
            .setUseAlpn(true)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .addCertPath(settings.certificate().toString())
                    .addKeyPath(settings.key().toString()))
            .setEnabledSecureTransportProtocols(new LinkedHashSet<>(List.of("TLSv1.3", "TLSv1.2")))
            .setMaxInitialLineLength(MAX_TARGET_BYTES)
            .setMaxHeaderSize(settings.maxHeaderBytes())
            .setIdleTimeout((int) settings.idleTimeout().toSeconds())
            .setIdleTimeoutUnit(TimeUnit.SECONDS)
            .setTcpNoDelay(true)
            .setHandle100ContinueAutomatically(false)
            .setDecompressionSupported(false)
            .setInitialSettings(
                new Http2Settings()
                    .setMaxConcurrentStreams(256)
                    .setMaxHeaderListSize(settings.maxHeaderBytes()));
    if (settings.tlsEngine() == GatewaySettings.TlsEngine.BORINGSSL) {
      if (!OpenSsl.isAvailable()) {
        throw new SettingsException(
            "GATEWAY_TLS_ENGINE=BORINGSSL: the library does not load here (expected: JDK)");
      }
      options.setSslEngineOptions(new OpenSSLEngineOptions());
    }
    return options;
  }

  /// One event loop: its own server socket share, clients and [Edge].
  private final class Loop extends VerticleBase {
    private final Parts parts;
    private final HttpServerOptions options;
    private HttpServer server;
    private Map<Audience, VerdictClient> verdicts = Map.of();

    @SuppressWarnings("NullAway.Init") // Vert.x calls start() before anything else
    Loop(Parts parts, HttpServerOptions options) {
      this.parts = parts;
      this.options = options;
    }

    @Override
    public Future<?> start() {
      Context loop = context;
      GatewaySettings settings = parts.settings();
      long timeout = settings.verdictTimeout().toNanos();
      verdicts =
          Map.of(
              Audience.USERS, new VerdictClient(loop, parts.useradm(), timeout),
              Audience.DEVICES, new VerdictClient(loop, parts.deviceauth(), timeout));
      Edge edge =
          new Edge(
              vertx,
              verdicts,
              new ManagementApi(loop, parts.useradm(), settings.requestSizeLimit()),
              parts.routes(),
              new Forwarder(vertx, settings.upstreamConnectTimeout()),
              new RequestIds(parts.requestIds()),
              parts.metrics());
      server =
          vertx
              .createHttpServer(options)
              .requestHandler(edge::handle)
              .invalidRequestHandler(edge::refuseUnreadable);
      return server.listen().onSuccess(listening -> port.set(listening.actualPort()));
    }

    @Override
    public Future<?> stop() {
      return server
          .shutdown(GRACE_SECONDS, TimeUnit.SECONDS)
          .onComplete(_ -> verdicts.values().forEach(VerdictClient::close));
    }
  }
}
