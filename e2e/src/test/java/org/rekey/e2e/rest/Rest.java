package org.rekey.e2e.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.rekey.e2e.platform.Client;
import org.rekey.e2e.platform.Platform;
import org.rekey.runtime.config.TlsSettings;

/// A client that names operations and not paths, and that takes no answer which the document does
/// not describe.
public final class Rest implements AutoCloseable {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final Platform platform;
  private final HttpClient.Version version;
  private final String url;
  private final String internalUrl;
  private final HttpClient http;
  private final Map<String, HttpClient> callers = new ConcurrentHashMap<>();
  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final OpenApi document;

  /// @param internalUrl where the internal API is: with `https`, callers show certificates
  public Rest(Platform platform, HttpClient.Version version, String url, String internalUrl) {
    this.platform = platform;
    this.version = version;
    this.url = url;
    this.internalUrl = internalUrl;
    this.http = client(version, Client.trusting(platform.caCertificate()));
    this.document = OpenApi.parse(send(http, HttpRequest.newBuilder(uri("/openapi.json"))).body());
  }

  public static Rest of(Platform platform, HttpClient.Version version) {
    return new Rest(
        platform, version, platform.gatewayUrl(), "https://localhost:" + platform.internalPort());
  }

  public OpenApi document() {
    return document;
  }

  /// `operation status`, for every answer that came.
  public Set<String> seen() {
    return seen;
  }

  public Call call(String operationId) {
    return new Call(document.operation(operationId), operationId);
  }

  /// A request outside of the document.
  public HttpResponse<String> send(String method, String path) {
    return send(http, HttpRequest.newBuilder(uri(path)).method(method, BodyPublishers.noBody()));
  }

  /// A request outside of the document, to the internal port.
  public HttpResponse<String> sendInternal(String method, String path) {
    return send(
        caller("operator"),
        HttpRequest.newBuilder(URI.create(internalUrl + path))
            .method(method, BodyPublishers.noBody()));
  }

  /// E-mail and password as a header's value.
  public static String basic(String email, String password) {
    byte[] pair = (email + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private URI uri(String path) {
    return URI.create(url + path);
  }

  private HttpClient caller(String name) {
    return internalUrl.startsWith("https:")
        ? callers.computeIfAbsent(name, _ -> client(version, showing(platform.certificate(name))))
        : http;
  }

  private static HttpClient client(HttpClient.Version version, SSLContext context) {
    return HttpClient.newBuilder()
        .version(version)
        .connectTimeout(Duration.ofSeconds(10))
        .sslContext(context)
        .build();
  }

  private static HttpResponse<String> send(HttpClient client, HttpRequest.Builder request) {
    try {
      return client.send(request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static SSLContext showing(TlsSettings files) {
    try (InputStream chain = Files.newInputStream(files.certificate());
        InputStream ca = Files.newInputStream(files.ca())) {
      CertificateFactory certificates = CertificateFactory.getInstance("X.509");
      String pem = Files.readString(files.key()).replaceAll("-----[A-Z ]+-----|\\s", "");
      PrivateKey key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry(
          "caller",
          key,
          PASSWORD,
          certificates.generateCertificates(chain).toArray(Certificate[]::new));
      store.setCertificateEntry("ca", certificates.generateCertificate(ca));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      TrustManagerFactory trusted =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
      return context;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    callers.values().forEach(HttpClient::shutdownNow);
  }

  /// One call, put together.
  public final class Call {
    private final OpenApi.Operation operation;
    private final String operationId;
    private final HttpRequest.Builder request = HttpRequest.newBuilder();
    private final List<String> query = new ArrayList<>();
    private String path;
    private String caller = "operator";
    private BodyPublisher body = BodyPublishers.noBody();

    private Call(OpenApi.Operation operation, String operationId) {
      this.operation = operation;
      this.operationId = operationId;
      this.path = operation.path();
    }

    /// The value of a parameter of the path, encoded already.
    public Call with(String parameter, String value) {
      assertThat(path).contains("{" + parameter + "}");
      path = path.replace("{" + parameter + "}", value);
      return this;
    }

    public Call query(String name, Object value) {
      query.add(name + "=" + URLEncoder.encode(value.toString(), StandardCharsets.UTF_8));
      return this;
    }

    public Call token(String token) {
      return header("Authorization", "Bearer " + token);
    }

    public Call header(String name, String value) {
      request.header(name, value);
      return this;
    }

    /// The name in the caller's certificate, on the internal port.
    public Call as(String name) {
      caller = name;
      return this;
    }

    public Call json(String json) {
      return header("Content-Type", "application/json").body(BodyPublishers.ofString(json));
    }

    /// Fields, encoded already.
    public Call form(String form) {
      return header("Content-Type", "application/x-www-form-urlencoded")
          .body(BodyPublishers.ofString(form));
    }

    public Call body(BodyPublisher publisher) {
      body = publisher;
      return this;
    }

    public Answer send() {
      String target = query.isEmpty() ? path : path + "?" + String.join("&", query);
      request
          .uri(URI.create((operation.internal() ? internalUrl : url) + target))
          .method(operation.method(), body);
      HttpResponse<String> response =
          Rest.send(operation.internal() ? caller(caller) : http, request);
      document.check(operationId, response);
      seen.add(operationId + " " + response.statusCode());
      return new Answer(response);
    }
  }

  /// An answer that the document describes.
  public record Answer(HttpResponse<String> response) {
    public int status() {
      return response.statusCode();
    }

    public String body() {
      return response.body();
    }

    public JsonNode json() {
      return OpenApi.json(response.body());
    }

    public Optional<String> header(String name) {
      return response.headers().firstValue(name);
    }

    public List<String> headers(String name) {
      return response.headers().allValues(name);
    }

    public Answer is(int status) {
      assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
      return this;
    }

    /// An error of this status and text.
    public Answer is(int status, String error) {
      is(status);
      assertThat(header("Content-Type")).hasValue("application/json; charset=utf-8");
      assertThat(json().path("error").asText()).isEqualTo(error);
      assertThat(json().path("request_id").asText())
          .isEqualTo(header("X-MEN-RequestID").orElse("none"));
      return this;
    }
  }
}
