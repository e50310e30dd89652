package org.rekey.cli.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.rekey.cli.CommandFailed;
import org.rekey.cli.local.DataDirectory;
import org.rekey.cli.local.RunFile;

/// What a gateway says of its certificates, on its management port.
public final class GatewayCertificates {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private GatewayCertificates() {}

  /// The management port of the instance that runs on a data directory: `host:port`.
  ///
  /// @throws CommandFailed when none does
  public static String managementOf(Path data) {
    return RunFile.read(new DataDirectory(data))
        .map(run -> run.management().get("gateway"))
        .orElseThrow(
            () ->
                new CommandFailed(
                    "%s: no instance runs there (start one: ./rekey up --data %s, or name a gateway with --gateway)"
                        .formatted(data, data)));
  }

  /// @param management `host:port`
  /// @throws CommandFailed when nobody, or no gateway, answers there
  public static JsonNode ask(String management) {
    try (var client = HttpClient.newBuilder().connectTimeout(LIMIT).build()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://" + management + "/certificates"))
              .timeout(LIMIT)
              .build();
      var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new CommandFailed(
            "%s: answers %d (expected: the management port of a gateway, GATEWAY_MANAGEMENT_LISTEN)"
                .formatted(management, answer.statusCode()));
      }
      return new ObjectMapper().readTree(answer.body());
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandFailed(
          management
              + ": nobody answers (expected: the management port of a gateway, GATEWAY_MANAGEMENT_LISTEN)",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed(management + ": interrupted", e);
    }
  }
}
