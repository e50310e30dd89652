package org.rekey.e2e.platform;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A client of the gateway that trusts the platform's authority and no other.
public final class Client implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient http;
  private final SSLContext context;
  private final String url;

  public Client(Platform platform, HttpClient.Version version) {
    this(platform.gatewayUrl(), platform.caCertificate(), version);
  }

  /// @param url without a slash at its end
  public Client(String url, Path ca, HttpClient.Version version) {
    this(url, trusting(ca), version);
  }

  private Client(String url, SSLContext context, HttpClient.Version version) {
    this.context = context;
    this.url = url;
    this.http =
        HttpClient.newBuilder()
            .version(version)
            .connectTimeout(Duration.ofSeconds(10))
            .sslContext(context)
            .build();
  }

  /// One that shows a certificate.
  ///
  /// @param url without a slash at its end
  public static Client showing(
      String url, Path ca, HttpClient.Version version, PrivateKey key, X509Certificate... chain) {
    return new Client(url, trusting(ca, managers(key, chain)), version);
  }

  private static KeyManager[] managers(PrivateKey key, X509Certificate... chain) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("own", key, new char[0], chain);
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(store, new char[0]);
      return managers.getKeyManagers();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static SSLContext trusting(Path ca) {
    return trusting(ca, new KeyManager[0]);
  }

  private static SSLContext trusting(Path ca, KeyManager[] own) {
    try (InputStream in = Files.newInputStream(ca)) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(own, managers.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// With what it connects: whom it trusts, and what it shows.
  public SSLContext context() {
    return context;
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(url + path)).timeout(LIMIT);
  }

  public HttpRequest.Builder authorized(String path, String token) {
    return request(path).header("Authorization", "Bearer " + token);
  }

  public HttpResponse<String> send(HttpRequest.Builder request) {
    return send(request, HttpResponse.BodyHandlers.ofString());
  }

  public <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body) {
    try {
      return http.send(request.build(), body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /// A request's own limit ends with the head of its answer; the body has one, too.
  public CompletableFuture<HttpResponse<String>> sendLater(HttpRequest.Builder request) {
    return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
        .orTimeout(LIMIT.multipliedBy(2).toSeconds(), TimeUnit.SECONDS);
  }

  public HttpResponse<String> tryLogin(String email, String password) {
    String pair = email + ":" + password;
    return send(
        request("/api/management/v1/useradm/auth/login")
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)))
            .POST(HttpRequest.BodyPublishers.noBody()));
  }

  /// Logs in and returns the token.
  public String login(String email, String password) {
    HttpResponse<String> response = tryLogin(email, password);
    if (response.statusCode() != 200) {
      throw new IllegalStateException("login: " + response.statusCode() + " " + response.body());
    }
    return response.body();
  }

  /// The status of a logout.
  public int logout(String token) {
    return send(authorized("/api/management/v1/useradm/auth/logout", token)
            .POST(HttpRequest.BodyPublishers.noBody()))
        .statusCode();
  }

  /// The status of a call that needs a user's token.
  public int statusWith(String token) {
    return send(authorized("/api/management/v1/inventory/devices", token)).statusCode();
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
