package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What goes on in both directions for as long as both sides like: RPCs and web sockets.
class StreamsTest {
  private static final MethodDescriptor<String, String> ECHO =
      method(MethodType.BIDI_STREAMING, "Echo");
  private static final MethodDescriptor<String, String> FAIL = method(MethodType.UNARY, "Fail");
  @TempDir static Path home;
  private static final Vertx VERTX = Vertx.vertx();
  private static Server rpcs;
  private static HttpServer sockets;
  private static Gate gate;
  private static ManagedChannel channel;
  private static final BlockingQueue<String> HEARD = new LinkedBlockingQueue<>();

  @BeforeAll
  static void start() throws IOException {
    rpcs =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder("acme.v1.Fleet")
                    .addMethod(ECHO, ServerCalls.asyncBidiStreamingCall(StreamsTest::echo))
                    .addMethod(
                        FAIL,
                        ServerCalls.asyncUnaryCall(
                            (_, answer) ->
                                answer.onError(
                                    Status.FAILED_PRECONDITION
                                        .withDescription("not now")
                                        .asRuntimeException())))
                    .build())
            .build()
            .start();
    sockets =
        VERTX
            .createHttpServer()
            .webSocketHandshakeHandler(
                handshake -> {
                  if (handshake.path().equals("/ws/refused")) {
                    handshake.reject(403);
                  } else {
                    handshake.accept();
                  }
                })
            .webSocketHandler(
                socket -> {
                  socket.textMessageHandler(
                      text -> {
                        if (text.equals("close")) {
                          socket.close((short) 4001, "as asked");
                        } else {
                          socket.writeTextMessage("echo " + text);
                        }
                      });
                  socket.binaryMessageHandler(bytes -> socket.writeBinaryMessage(bytes));
                  socket.closeHandler(_ -> HEARD.add("closed " + socket.closeStatusCode()));
                  socket.pongHandler(pong -> HEARD.add("pong " + pong));
                  socket.writePing(Buffer.buffer("anybody"));
                })
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .join();
    gate =
        new Gate(
            home,
            """
            routes:
              - path: /acme.v1.Fleet
                audience: anyone
                protocol: h2c
                upstream: http://127.0.0.1:%d
              - path: /ws
                audience: anyone
                upstream: http://127.0.0.1:%2$d
              - path: /api/devices/v1/deviceconnect
                upstream: http://127.0.0.1:%2$d
            """
                .formatted(rpcs.getPort(), sockets.actualPort()),
            Map.of());
    channel =
        NettyChannelBuilder.forAddress("localhost", gate.port())
            .sslContext(
                GrpcSslContexts.forClient().trustManager(gate.caCertificate().toFile()).build())
            .build();
  }

  @AfterAll
  static void stop() {
    channel.shutdownNow();
    gate.close();
    rpcs.shutdownNow();
    VERTX.close().toCompletionStage().toCompletableFuture().join();
  }

  private static StreamObserver<String> echo(StreamObserver<String> answers) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String text) {
        answers.onNext("echo " + text);
      }

      @Override
      public void onError(Throwable thrown) {
        HEARD.add("cancelled");
      }

      @Override
      public void onCompleted() {
        answers.onNext("all");
        answers.onCompleted();
      }
    };
  }

  @Test
  void anRpcStreamsBothWaysAtTheSameTime() throws Exception {
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    StreamObserver<String> requests =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(ECHO, CallOptions.DEFAULT), into(answers));
    for (int i = 0; i < 20; i++) {
      requests.onNext("message " + i);
      assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("echo message " + i);
    }
    String large = "x".repeat(1 << 20);
    requests.onNext(large);
    assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("echo " + large);
    requests.onCompleted();
    assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("all");
    assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("OK");
  }

  @Test
  void anRpcThatFailsSaysSoInItsTrailers() {
    assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(channel, FAIL, CallOptions.DEFAULT, "x"))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            thrown -> {
              assertThat(thrown.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
              assertThat(thrown.getStatus().getDescription()).isEqualTo("not now");
            });
  }

  @Test
  void anRpcThatTheClientGivesUpEndsAtTheUpstream() throws Exception {
    HEARD.clear();
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    var call = channel.newCall(ECHO, CallOptions.DEFAULT);
    StreamObserver<String> requests = ClientCalls.asyncBidiStreamingCall(call, into(answers));
    requests.onNext("x");
    assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("echo x");
    call.cancel("enough", null);
    assertThat(HEARD.poll(20, TimeUnit.SECONDS)).isEqualTo("cancelled");
  }

  @Test
  void aWebSocketCarriesTextBytesPingsAndCloseCodes() throws Exception {
    HEARD.clear();
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (HttpClient client = gate.client(HttpClient.Version.HTTP_1_1)) {
      WebSocket socket = open(client, "/ws/echo", heard);
      assertThat(HEARD.poll(20, TimeUnit.SECONDS)).isEqualTo("pong anybody");
      socket.sendText("hello", true).get();
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("text echo hello");
      socket.sendBinary(ByteBuffer.wrap(new byte[] {1, 2, 3}), true).get();
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("3 bytes");
      socket.sendPing(ByteBuffer.wrap(new byte[] {7})).get();
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("pong");
      socket.sendText("close", true).get();
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("closed 4001 as asked");

      WebSocket other = open(client, "/ws/echo", heard);
      assertThat(HEARD.poll(20, TimeUnit.SECONDS)).startsWith("closed");
      assertThat(HEARD.poll(20, TimeUnit.SECONDS)).isEqualTo("pong anybody");
      other.sendClose(4002, "bye").get();
      assertThat(HEARD.poll(20, TimeUnit.SECONDS)).isEqualTo("closed 4002");
    }
  }

  @Test
  void aWebSocketThatIsRefusedGetsTheUpstreamsAnswerOrTheGateways() {
    try (HttpClient client = gate.client(HttpClient.Version.HTTP_1_1)) {
      assertThat(refusal(client, "/ws/refused")).isEqualTo(403);
      assertThat(refusal(client, "/api/devices/v1/deviceconnect/connect")).isEqualTo(401);
    }
  }

  private static int refusal(HttpClient client, String path) {
    try {
      open(client, path, new LinkedBlockingQueue<>());
      return 101;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof WebSocketHandshakeException refused) {
        return refused.getResponse().statusCode();
      }
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static WebSocket open(HttpClient client, String path, BlockingQueue<String> heard)
      throws ExecutionException, InterruptedException {
    URI uri = URI.create(gate.url(path).replace("https:", "wss:"));
    return client.newWebSocketBuilder().buildAsync(uri, new Listening(heard)).get();
  }

  private record Listening(BlockingQueue<String> heard) implements WebSocket.Listener {
    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      heard.add("text " + text);
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer bytes, boolean last) {
      heard.add(bytes.remaining() + " bytes");
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
      heard.add("pong");
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      heard.add("closed " + code + " " + reason);
      return null;
    }
  }

  private static StreamObserver<String> into(BlockingQueue<String> answers) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String text) {
        answers.add(text);
      }

      @Override
      public void onError(Throwable thrown) {
        answers.add(String.valueOf(thrown.getMessage()));
      }

      @Override
      public void onCompleted() {
        answers.add("OK");
      }
    };
  }

  private static MethodDescriptor<String, String> method(MethodType type, String name) {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName("acme.v1.Fleet/" + name)
        .setRequestMarshaller(new Text())
        .setResponseMarshaller(new Text())
        .build();
  }

  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try (stream) {
        return new String(stream.readAllBytes(), UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
