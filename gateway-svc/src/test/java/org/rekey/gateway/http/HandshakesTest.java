package org.rekey.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.local.LocalChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who comes when all come at once. The channels are real, what a handshake costs is slept.
class HandshakesTest {
  private static final long PATIENCE_SECONDS = 20;

  private final DefaultEventLoop loop = new DefaultEventLoop();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final LinkedBlockingQueue<String> done = new LinkedBlockingQueue<>();

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void networksTakeTurnsWithoutRegardToHowManyConnectionsEachHas() throws Exception {
    Handshakes handshakes = new Handshakes(100, meters);
    comeAtOnce(handshakes, "long", "a1", "a2", "a3", "b1", "a4", "c1", "b2");
    assertThat(order(8)).containsExactly("long", "a1", "b1", "c1", "a2", "b2", "a3", "a4");
    assertThat(meters.get("gateway.tls.handshakes.waiting").gauge().value()).isZero();
    assertThat(meters.get("gateway.tls.handshake.wait").timer().count()).isEqualTo(7);
  }

  @Test
  void whoComesWhenAllPlacesAreTakenTakesOneOfWhoeverHasMost() throws Exception {
    Handshakes handshakes = new Handshakes(3, meters);
    List<Channel> came = comeAtOnce(handshakes, "long", "a1", "a2", "a3", "b1");
    assertThat(order(4)).containsExactly("long", "a1", "b1", "a2");
    assertThat(came.get(3).closeFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(meters.get("gateway.tls.handshakes.refused").counter().count()).isEqualTo(1);
  }

  @Test
  void whoHasMostGetsNoFurtherPlace() throws Exception {
    Handshakes handshakes = new Handshakes(3, meters);
    List<Channel> came = comeAtOnce(handshakes, "long", "a1", "a2", "b1", "a3");
    assertThat(order(4)).containsExactly("long", "a1", "b1", "a2");
    assertThat(came.get(4).closeFuture().await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whoHasGoneTakesUpNoTurn() throws Exception {
    Handshakes handshakes = new Handshakes(100, meters);
    List<Channel> came = new ArrayList<>();
    loop.submit(
            () -> {
              List.of("long", "a1", "a2").forEach(name -> came.add(comes(handshakes, name)));
              came.get(1).pipeline().fireChannelInactive();
            })
        .get();
    assertThat(order(2)).containsExactly("long", "a2");
    assertThat(meters.get("gateway.tls.handshakes.waiting").gauge().value()).isZero();
  }

  /// The rest of the loop's work comes between two goes, however many wait.
  @Test
  void whatTheLoopHasToDoBesidesGoesOnBetweenThem() throws Exception {
    Handshakes handshakes = new Handshakes(1000, meters);
    loop.submit(
            () -> {
              comes(handshakes, "long");
              for (int i = 0; i < 200; i++) {
                comes(handshakes, "a" + i);
              }
            })
        .get();
    int before = done.size();
    loop.submit(() -> done.add("request")).get();
    loop.submit(() -> done.add("request")).get();
    assertThat(done.size() - before)
        .as("handshakes until two requests were served")
        .isLessThan(150);
    assertThat(order(203)).endsWith("a199");
  }

  /// A name's first letter is its network. The first one takes what a loop has saved.
  private List<Channel> comeAtOnce(Handshakes handshakes, String... names) throws Exception {
    List<Channel> came = new ArrayList<>();
    loop.submit(
            () -> {
              for (String name : names) {
                came.add(comes(handshakes, name));
              }
            })
        .get();
    return came;
  }

  private Channel comes(Handshakes handshakes, String name) {
    Channel channel = new LocalChannel();
    channel.pipeline().addLast(handshakes.turn(name.substring(0, 1)), new Costly());
    var _ = loop.register(channel);
    channel.pipeline().fireChannelRead(name);
    return channel;
  }

  private List<String> order(int count) throws InterruptedException {
    List<String> order = new ArrayList<>();
    while (order.size() < count) {
      order.add(String.valueOf(done.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)));
    }
    return order;
  }

  private final class Costly extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      try {
        Thread.sleep(message.equals("long") ? 200 : 1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      done.add(message.toString());
    }
  }
}
