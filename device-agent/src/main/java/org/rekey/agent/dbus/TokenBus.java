package org.rekey.agent.dbus;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.freedesktop.dbus.connections.IDisconnectCallback;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.jspecify.annotations.Nullable;
import org.rekey.agent.auth.Token;
import org.rekey.agent.auth.TokenKeeper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands tokens to other programs of the device over D-Bus, under the name of `mender-auth`. When
/// the bus is away, or comes later than the agent, it is tried again.
public final class TokenBus implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TokenBus.class);
  static final String NAME = "io.mender.AuthenticationManager";
  static final String PATH = "/io/mender/AuthenticationManager";
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final String address;
  private final TokenKeeper tokens;
  private final String serverUrl;
  private final Semaphore lost = new Semaphore(0);
  private final Thread thread = Thread.ofVirtual().name("d-bus").unstarted(this::run);
  private volatile @Nullable DBusConnection connection;

  /// @param address of the bus, e.g. `unix:path=/run/dbus/system_bus_socket`
  /// @param serverUrl where programs are to go with the token
  public TokenBus(String address, TokenKeeper tokens, String serverUrl) {
    this.address = address;
    this.tokens = tokens;
    this.serverUrl = serverUrl;
  }

  public void start() {
    tokens.whenAnswered(this::tell);
    thread.start();
  }

  private void run() {
    boolean hasTold = false;
    try {
      while (true) {
        DBusConnection open = connection;
        if (open == null || !open.isConnected()) {
          hasTold = !reconnect(hasTold);
        }
        var _ = lost.tryAcquire(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      // It is closed.
    }
  }

  /// @param hasTold that it cannot
  /// @return whether it could
  private boolean reconnect(boolean hasTold) {
    try {
      connect();
      tokens.current().ifPresent(token -> tell(Optional.of(token)));
      return true;
    } catch (DBusException | RuntimeException e) {
      if (!hasTold) {
        LOG.atWarn()
            .addKeyValue("address", address)
            .addKeyValue("error", String.valueOf(e.getMessage()))
            .log(
                "D-Bus cannot be reached, or the name %s is taken or not allowed: no program gets a token there until it can"
                    .formatted(NAME));
      }
      return false;
    }
  }

  private void connect() throws DBusException {
    DBusConnection opened =
        DBusConnectionBuilder.forAddress(address)
            .withShared(false)
            .withDisconnectCallback(new Lost())
            .build();
    try {
      opened.exportObject(PATH, new Exported());
      opened.requestBusName(NAME);
    } catch (DBusException | RuntimeException e) {
      opened.disconnect();
      throw e;
    }
    connection = opened;
    LOG.atInfo().addKeyValue("name", NAME).log("programs get tokens over D-Bus");
  }

  private void tell(Optional<Token> token) {
    DBusConnection open = connection;
    if (open == null || !open.isConnected()) {
      return;
    }
    try {
      open.sendMessage(
          new Authentication1.JwtTokenStateChange(
              PATH, token.map(Token::text).orElse(""), token.isPresent() ? serverUrl : ""));
    } catch (DBusException | RuntimeException e) {
      LOG.atWarn()
          .addKeyValue("error", String.valueOf(e.getMessage()))
          .log("programs cannot be told of the new token");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    DBusConnection open = connection;
    if (open != null) {
      open.disconnect();
    }
  }

  private final class Exported implements Authentication1 {
    @Override
    public Two<String, String> getJwtToken() {
      return tokens
          .current()
          .map(token -> new Two<>(token.text(), serverUrl))
          .orElse(new Two<>("", ""));
    }

    @Override
    public boolean fetchJwtToken() {
      tokens.refresh();
      return true;
    }

    @Override
    public String getObjectPath() {
      return PATH;
    }
  }

  private final class Lost implements IDisconnectCallback {
    @Override
    public void disconnectOnError(IOException e) {
      lost.release();
    }
  }
}
