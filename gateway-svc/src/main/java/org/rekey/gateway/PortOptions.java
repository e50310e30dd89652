package org.rekey.gateway;

import io.netty.handler.ssl.OpenSsl;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.SettingsException;

/// What Vert.x must know of each port.
record PortOptions(GatewaySettings settings) {
  private static final int MAX_TARGET_BYTES = 8192;

  /// HTTPS for everybody.
  HttpServerOptions https(KeyCertOptions certificates) {
    HttpServerOptions options = tls(settings.listen()).setSni(true).setKeyCertOptions(certificates);
    return isByBoringSsl() ? options.setSslEngineOptions(new OpenSSLEngineOptions()) : options;
  }

  private boolean isByBoringSsl() {
    return switch (settings.tlsEngine()) {
      case AUTO -> OpenSsl.isAvailable();
      case JDK -> false;
      case BORINGSSL -> {
        if (!OpenSsl.isAvailable()) {
          throw new SettingsException(
              "GATEWAY_TLS_ENGINE=BORINGSSL: the library does not load here (expected: AUTO or JDK)");
        }
        yield true;
      }
    };
  }

  /// HTTPS for devices that show a certificate. By the JDK, whatever the other port uses: it knows
  /// all kinds of keys that devices have, Ed25519 too.
  HttpServerOptions devices(HostPort listen, KeyCertOptions certificates, TrustOptions devices) {
    return tls(listen)
        .setSni(true)
        .setKeyCertOptions(certificates)
        .setTrustOptions(devices)
        .setClientAuth(ClientAuth.REQUIRED);
  }

  /// The internal port: mutual TLS with the services' certificates, or plain HTTP when the settings
  /// say so in words.
  HttpServerOptions internal(HostPort listen, KeyCertOptions certificate) {
    return switch (settings.internalAccess()) {
      case MUTUAL_TLS -> mutual(listen, certificate);
      case ANYONE_WHO_REACHES_THE_PORT -> plain(listen).setHttp2ClearTextEnabled(false);
    };
  }

  /// Where other proxies ask for verdicts.
  HttpServerOptions verify(HostPort listen, KeyCertOptions certificate) {
    return switch (settings.verifyAccess()) {
      case MUTUAL_TLS -> mutual(listen, certificate);
      case ANYONE_OVER_TLS -> tls(listen).setKeyCertOptions(certificate);
      case ANYONE_WHO_REACHES_THE_PORT -> plain(listen).setHttp2ClearTextEnabled(false);
    };
  }

  private HttpServerOptions mutual(HostPort listen, KeyCertOptions certificate) {
    return tls(listen)
        .setKeyCertOptions(certificate)
        .setTrustOptions(new PemTrustOptions().addCertPath(settings.tls().ca().toString()))
        .setClientAuth(ClientAuth.REQUIRED);
  }

  private HttpServerOptions tls(HostPort listen) {
    return plain(listen)
        .setSsl(true)
        .setUseAlpn(true)
        .setSslHandshakeTimeout(settings.handshakeTimeout().toMillis())
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
        .setEnabledSecureTransportProtocols(new LinkedHashSet<>(List.of("TLSv1.3", "TLSv1.2")));
  }

  private HttpServerOptions plain(HostPort listen) {
    return new HttpServerOptions()
        .setHost(listen.host())
        .setPort(listen.port())
        .setReusePort(settings.sharePort())
        .setMaxInitialLineLength(MAX_TARGET_BYTES)
        .setMaxHeaderSize(settings.maxHeaderBytes())
        .setIdleTimeout((int) settings.idleTimeout().toSeconds())
        .setIdleTimeoutUnit(TimeUnit.SECONDS)
        .setTcpNoDelay(true)
        .setHandle100ContinueAutomatically(false)
        .setDecompressionSupported(false)
        // What a web socket's ends agree on goes through; nothing is agreed with the gateway.
        .setPerFrameWebSocketCompressionSupported(false)
        .setPerMessageWebSocketCompressionSupported(false)
        .setInitialSettings(
            new Http2Settings()
                .setMaxConcurrentStreams(256)
                .setMaxHeaderListSize(settings.maxHeaderBytes()));
  }
}
