package org.rekey.agent.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509TrustManager;

/// How servers are spoken to: HTTP/1.1, a few connections that are kept.
///
/// @param trust see [ServerTrust]
/// @param clientKey for mutual TLS
/// @param checksHost whether a server's certificate must be for its name
public record Connections(
    X509TrustManager trust, Optional<X509ExtendedKeyManager> clientKey, boolean checksHost) {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /// @param size connections to one server, at most
  public HttpClient open(Vertx vertx, int size) {
    HttpClientOptions options =
        new HttpClientOptions()
            .setKeepAlive(true)
            .setKeepAliveTimeout(50)
            .setConnectTimeout((int) CONNECT.toMillis())
            .setSslHandshakeTimeout(CONNECT.toSeconds())
            .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS)
            .setForceSni(true)
            .setVerifyHost(checksHost)
            .setTrustOptions(TrustOptions.wrap(trust));
    // A key in a token signs for as long as the token likes, and not on the event loop.
    clientKey.ifPresent(
        key ->
            options
                .setKeyCertOptions(KeyCertOptions.wrap(key))
                .setSslEngineOptions(new JdkSSLEngineOptions().setUseWorkerThread(true)));
    return vertx.createHttpClient(
        options, new PoolOptions().setHttp1MaxSize(size).setMaxWaitQueueSize(-1));
  }
}
