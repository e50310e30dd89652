package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.rekey.runtime.tls.LocalAuthority;
import org.rekey.testkit.FreePort;

/// The gateway as it is, with the routes of a test and nobody behind it who could judge a token:
/// what needs no token is served, and what needs one is 401 or 503.
public final class Gate implements AutoCloseable {
  private final Path routes;
  private final LocalAuthority authority;
  private final int managementPort = freePort();
  private final GatewayServer server;

  /// @param settings added to those that are needed
  public Gate(Path home, String routes, Map<String, String> settings) {
    this.routes = home.resolve("routes.yaml");
    this.authority = LocalAuthority.open(home.resolve("pki"), Instant.now(), new SecureRandom());
    write(routes);
    Map<String, String> environment = new HashMap<>();
    environment.put("GATEWAY_LISTEN", "127.0.0.1:0");
    environment.put("GATEWAY_MANAGEMENT_LISTEN", "127.0.0.1:" + managementPort);
    environment.put("GATEWAY_EVENT_LOOPS", "1");
    // Tests end in the midst of what they have connected.
    environment.put("GATEWAY_LEAVE_WITHIN", "0s");
    environment.put("GATEWAY_ROUTES", this.routes.toString());
    environment.put("GATEWAY_USERADM_TARGET", "127.0.0.1:" + freePort());
    environment.put("GATEWAY_DEVICEAUTH_TARGET", "127.0.0.1:" + freePort());
    LocalAuthority.Leaf https = certificate("localhost");
    environment.put("GATEWAY_CERTIFICATE", https.certificate().toString());
    environment.put("GATEWAY_KEY", https.key().toString());
    environment.put("GATEWAY_TLS_CERTIFICATE", https.certificate().toString());
    environment.put("GATEWAY_TLS_KEY", https.key().toString());
    environment.put("GATEWAY_TLS_CA", https.ca().toString());
    environment.putAll(settings);
    this.server = GatewayServer.start(environment);
  }

  public int port() {
    return server.port();
  }

  public int managementPort() {
    return managementPort;
  }

  public String url(String path) {
    return "https://localhost:" + port() + path;
  }

  public Path caCertificate() {
    return authority.caCertificate();
  }

  /// A certificate for a name, by the authority that clients trust.
  public LocalAuthority.Leaf certificate(String name) {
    return authority.issue(name, List.of(name), List.of());
  }

  /// Writes other routes into the file.
  public void write(String text) {
    try {
      Files.writeString(routes, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public HttpClient client(HttpClient.Version version) {
    return HttpClient.newBuilder().version(version).sslContext(trusting()).build();
  }

  /// A connection on which the test says every byte itself.
  public SSLSocket connect() throws IOException {
    SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket("localhost", port());
    socket.setSoTimeout(20_000);
    socket.startHandshake();
    return socket;
  }

  /// All that comes back for these bytes until the connection ends, or nothing more does for four
  /// seconds; how it ended stands in brackets behind it, unless it was in peace.
  public String answer(String bytes) throws IOException {
    try (SSLSocket socket = connect()) {
      socket.setSoTimeout(4000);
      socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      socket.getOutputStream().flush();
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try {
        socket.getInputStream().transferTo(answer);
      } catch (SocketException | SocketTimeoutException e) {
        return answer.toString(ISO_8859_1) + " [" + e.getMessage() + "]";
      }
      return answer.toString(ISO_8859_1);
    }
  }

  public SSLContext trusting() {
    try (var in = Files.newInputStream(caCertificate())) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.close();
  }

  /// Where nothing listens just now.
  public static int freePort() {
    return FreePort.next();
  }
}
