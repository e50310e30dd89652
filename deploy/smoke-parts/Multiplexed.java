import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/// HTTP/2 by Java's own client, on a connection that it keeps. What a GOAWAY says was not begun it
/// asks again by itself, as HTTP/2 has it.
final class Multiplexed implements Connection {
  private final URI gateway;
  private final HttpClient client;

  Multiplexed(URI gateway, SSLContext tls) {
    this.gateway = gateway;
    this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(tls).connectTimeout(Duration.ofSeconds(10)).build();
  }

  @Override
  public int ask(Request request) throws IOException, InterruptedException {
    HttpResponse<Void> answer =
        client.send(
            HttpRequest.newBuilder(gateway.resolve(request.path()))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", request.authorization())
                .method(request.method(), BodyPublishers.noBody())
                .build(),
            BodyHandlers.discarding());
    if (answer.version() != HttpClient.Version.HTTP_2) {
      throw new IOException("answered over " + answer.version());
    }
    return answer.statusCode();
  }
}
