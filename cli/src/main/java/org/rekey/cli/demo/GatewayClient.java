package org.rekey.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.rekey.cli.CommandFailed;

/// What a user's tool does: HTTPS to the gateway, with its authority trusted and nothing else.
final class GatewayClient implements AutoCloseable {
  static final String HELLO = "/api/management/v1/hello";

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;

  private final URI gateway;
  private final HttpClient http;

  GatewayClient(String gateway, Path authority) {
    this.gateway = URI.create(gateway);
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(trusting(authority))
            .connectTimeout(PATIENCE)
            .build();
  }

  /// The token, or nothing when the pair is refused.
  Optional<String> login(String email, String password) {
    String pair = Base64.getEncoder().encodeToString((email + ":" + password).getBytes(UTF_8));
    HttpResponse<String> answer =
        send(
            request("/api/management/v1/useradm/auth/login")
                .header("Authorization", "Basic " + pair)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    return answer.statusCode() == OK ? Optional.of(answer.body()) : Optional.empty();
  }

  /// The status of a call to the service behind the gateway.
  int hello(String token) {
    return send(request(HELLO).header("Authorization", "Bearer " + token).build()).statusCode();
  }

  /// 404 is the answer of a gateway that has let a request through and knows no service for it.
  static boolean isLetThrough(int status) {
    return status == OK || status == NOT_FOUND;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(gateway.resolve(path)).timeout(PATIENCE);
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new CommandFailed(request.uri() + ": no answer: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted", e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private static SSLContext trusting(Path authority) {
    try (var in = Files.newInputStream(authority)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setCertificateEntry(
          "authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new CommandFailed(authority + ": cannot be trusted: " + e.getMessage(), e);
    }
  }
}
