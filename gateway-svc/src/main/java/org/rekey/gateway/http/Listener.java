package org.rekey.gateway.http;

import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.internal.ContextBuilder;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLSession;
import org.rekey.gateway.route.RequestPath;
import org.rekey.runtime.config.SettingsException;

/// A port that is listened to: an [Edge] and a [Site] for each of its event loops.
public final class Listener implements AutoCloseable {
  private static final long GRACE_SECONDS = 3;
  private static final long LOOK_MILLIS = 500;
  private static final int MOST_FLUSHES_JOINED = 256;

  /// Vert.x: a negative number is any free port, the same one for all who ask for this number. 0
  /// would be another for each event loop; one number for all listeners would be one port for all,
  /// and one door.
  private static final AtomicInteger LAST_ANY_PORT = new AtomicInteger();

  private final Vertx vertx;
  private final Parts parts;
  private final AtomicInteger port = new AtomicInteger();
  private final Connections connections;
  private final List<Loop> loops = new CopyOnWriteArrayList<>();

  /// @param setting what to name when the port cannot be opened
  /// @param paths which request targets are read
  /// @param headTimeout how long the head of a request may be on its way
  public record Parts(
      String setting,
      HttpServerOptions options,
      int eventLoops,
      Function<String, Optional<RequestPath>> paths,
      Site.Factory sites,
      Supplier<String> requestIds,
      TrafficLimits limits,
      Duration headTimeout,
      EdgeMetrics metrics) {
    /// Whoever reaches the port may ask for anything at any rate.
    public Parts(
        String setting,
        HttpServerOptions options,
        int eventLoops,
        Function<String, Optional<RequestPath>> paths,
        Site.Factory sites,
        Supplier<String> requestIds,
        EdgeMetrics metrics) {
      this(
          setting,
          options,
          eventLoops,
          paths,
          sites,
          requestIds,
          TrafficLimits.none(),
          Duration.ofMinutes(1),
          metrics);
    }
  }

  /// @throws SettingsException when the port cannot be opened or a certificate cannot be used
  public Listener(Vertx vertx, Parts parts) {
    this.vertx = vertx;
    this.parts = parts;
    this.connections = new Connections(parts.metrics().sightings());
    HttpServerOptions options = parts.options();
    if (options.getPort() == 0) {
      options.setPort(LAST_ANY_PORT.decrementAndGet());
    }
    parts.limits().holdAt(options.getHost(), options.getPort());
    try {
      // One by one: the first opens the port, the others share it. Each has an event loop of its
      // own,
      // which the library alone would not see to: it hands loops out in turn to whoever asks, and
      // clients of HTTP ask too.
      Iterator<EventExecutor> own = ((VertxInternal) vertx).nettyEventLoopGroup().iterator();
      for (int i = 0; i < parts.eventLoops(); i++) {
        Loop loop = new Loop(((VertxInternal) vertx).contextBuilder(), (EventLoop) own.next());
        joined(loop.open());
        loops.add(loop);
      }
    } catch (CompletionException e) {
      close();
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new SettingsException(parts.setting() + ": cannot be served: " + cause.getMessage());
    }
  }

  public int port() {
    return port.get();
  }

  /// Who is connected.
  public Connections connections() {
    return connections;
  }

  /// Shows these certificates to whoever connects from now on, and has clients that were shown
  /// others come again. Blocks. Without TLS nobody is shown anything.
  ///
  /// @param fingerprints of the certificates
  public void show(KeyCertOptions certificates, Set<String> fingerprints) {
    if (!parts.options().isSsl()) {
      return;
    }
    ServerSSLOptions options =
        parts.options().getSslOptions().copy().setKeyCertOptions(certificates);
    loops.forEach(loop -> joined(loop.server.updateSSLOptions(options)));
    connections.serve(fingerprints);
  }

  /// Tells those who are connected to come again, elsewhere.
  public void leave() {
    connections.leave();
  }

  @Override
  public void close() {
    List<Loop> open = List.copyOf(loops);
    loops.clear();
    open.stream().map(Loop::close).toList().forEach(Listener::joined);
  }

  private static <T> T joined(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  /// One event loop: its own share of the server socket, and its own site.
  private final class Loop {
    private final ContextInternal context;
    private HttpServer server;
    private Site site;

    @SuppressWarnings("NullAway.Init") // open() comes before anything else
    Loop(ContextBuilder builder, EventLoop loop) {
      context = builder.withThreadingModel(ThreadingModel.EVENT_LOOP).withEventLoop(loop).build();
    }

    Future<?> open() {
      return onLoop(this::listen);
    }

    Future<?> close() {
      return onLoop(() -> server.shutdown(GRACE_SECONDS, TimeUnit.SECONDS))
          .onComplete(_ -> site.close());
    }

    private <T> Future<T> onLoop(Supplier<Future<T>> work) {
      Promise<T> done = Promise.promise();
      context.runOnContext(
          _ -> {
            try {
              work.get().onComplete(done);
            } catch (RuntimeException e) {
              done.fail(e);
            }
          });
      return done.future();
    }

    private Future<HttpServer> listen() {
      site = parts.sites().open(vertx, context);
      RequestIds requestIds = new RequestIds(parts.requestIds());
      Lateness lateness = parts.limits().lateness();
      lateness.watch(context.nettyEventLoop());
      Visitors visitors = new Visitors(parts.limits(), lateness, parts.headTimeout());
      vertx.setPeriodic(LOOK_MILLIS, _ -> visitors.look());
      Edge edge =
          new Edge(vertx, parts.paths(), site, requestIds, connections, visitors, parts.metrics());
      server =
          vertx
              .createHttpServer(parts.options())
              .connectionHandler(connection -> opened(connection, visitors))
              .exceptionHandler(parts.metrics()::handshakeFailed)
              .requestHandler(edge::handle)
              .invalidRequestHandler(edge::refuseUnreadable);
      return server
          .listen()
          .onSuccess(listening -> port.set(listening.actualPort()))
          .onFailure(_ -> site.close());
    }

    /// Asked of the socket: a connection that has become a web socket's never says that it is
    /// closed.
    private void whenClosed(HttpConnection connection, Runnable work) {
      if (connection instanceof ConnectionBase base) {
        base.channel().closeFuture().addListener(_ -> work.run());
      } else {
        connection.closeHandler(_ -> work.run());
      }
    }

    private void opened(HttpConnection connection, Visitors visitors) {
      SSLSession tls = connection.sslSession();
      if (tls != null) {
        parts.metrics().handshake(tls.getProtocol());
      }
      whenClosed(
          connection,
          () -> {
            connections.closed(connection);
            visitors.closed(connection);
          });
      connections.opened(connection);
      visitors.opened(connection);
      if (Connections.isHttp2(connection) && connection instanceof ConnectionBase base) {
        HeaderTable.keepEmpty(connection, base.channel().pipeline());
        LateStreams.watch(connection);
        joinFlushes(base.channel().pipeline());
      }
    }

    /// What one turn of the event loop has to say on the streams of a connection goes out together:
    /// one system call instead of one for each stream.
    private void joinFlushes(ChannelPipeline pipeline) {
      SslHandler tls = pipeline.get(SslHandler.class);
      FlushConsolidationHandler joined = new FlushConsolidationHandler(MOST_FLUSHES_JOINED, true);
      if (tls == null) {
        pipeline.addFirst(joined);
      } else {
        pipeline.addAfter(pipeline.context(tls).name(), null, joined);
      }
    }
  }
}
