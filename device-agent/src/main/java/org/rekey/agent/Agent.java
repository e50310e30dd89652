package org.rekey.agent;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.rekey.agent.auth.Answer;
import org.rekey.agent.auth.Authorizer;
import org.rekey.agent.auth.Backoff;
import org.rekey.agent.auth.DeviceIdentity;
import org.rekey.agent.auth.Member;
import org.rekey.agent.auth.TokenKeeper;
import org.rekey.agent.dbus.TokenBus;
import org.rekey.agent.http.ClientCertificate;
import org.rekey.agent.http.Connections;
import org.rekey.agent.http.LocalProxy;
import org.rekey.agent.http.ServerCalls;
import org.rekey.agent.http.ServerTrust;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.key.KeyFiles;
import org.rekey.agent.key.KeyName;
import org.rekey.agent.key.KeyPlace;
import org.rekey.agent.key.KeyType;
import org.rekey.agent.key.TokenKeys;
import org.rekey.pkcs11.Pkcs11Uri;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One device's agent: keeps a token for it, and hands it to other programs.
public final class Agent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);
  private static final String KEY = "mender-agent.pem";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration FIRST_WAIT = Duration.ofSeconds(5);

  /// Polling, inventory and a web socket, with room.
  private static final int CONNECTIONS = 20;

  private final DirectoryInUse directory;
  private final Vertx vertx;
  private final HttpClient client;
  private final Authorizer authorizer;
  private final TokenKeeper tokens;
  private final Options options;
  private @Nullable LocalProxy proxy;
  private @Nullable TokenBus bus;

  /// @param data where the agent's own key is
  /// @param identityScript says what the device is
  /// @param newKeys what kind of key it makes
  /// @param passphrase of configured keys, or the PIN of the token that they are in; empty: none
  /// @param proxyPort 0: any
  /// @param busAddress empty: no D-Bus
  public record Options(
      MenderConf conf,
      Path data,
      Path identityScript,
      KeyType newKeys,
      String passphrase,
      int proxyPort,
      Optional<String> busAddress) {}

  private Agent(Options options, DirectoryInUse directory) {
    this.options = options;
    this.directory = directory;
    MenderConf conf = options.conf();
    KeyPlace keys = keys(options);
    this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    this.client =
        new Connections(
                conf.skipVerify()
                    ? ServerTrust.nobodyIsChecked()
                    : ServerTrust.of(conf.serverCertificate()),
                certificate(options),
                !conf.skipVerify())
            .open(vertx, CONNECTIONS);
    this.authorizer =
        new Authorizer(
            conf.servers(),
            () ->
                new Member(
                    DeviceIdentity.ofScript(options.identityScript()),
                    conf.tenantToken(),
                    conf.tier()),
            keys,
            options.newKeys(),
            new ServerCalls(client, PATIENCE),
            _ -> {},
            LoggerFactory.getLogger(Authorizer.class));
    this.tokens =
        new TokenKeeper(
            authorizer,
            new Backoff(FIRST_WAIT, conf.longestWait(), new SecureRandom()),
            InstantSource.system());
  }

  /// Ready, but silent.
  ///
  /// @throws AgentFailure when something about the device must be mended first
  public static Agent open(Options options) {
    DirectoryInUse directory = DirectoryInUse.take(options.data());
    try {
      options.conf().servers().stream()
          .filter(server -> server.startsWith("http:"))
          .forEach(
              server ->
                  LOG.atWarn()
                      .addKeyValue("server", server)
                      .log("everybody on the way to this server can read the device's tokens"));
      return new Agent(options, directory);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /// The device's public key, PEM; it is made if there is none.
  public static String publicKey(Options options) {
    try (DirectoryInUse _ = DirectoryInUse.take(options.data())) {
      KeyPlace keys = keys(options);
      return keys.current()
          .orElseGet(
              () -> {
                AgentKey first = AgentKey.generate(options.newKeys());
                keys.putFirst(first);
                return first;
              })
          .publicPem();
    }
  }

  /// The key of its own, or the one that is configured: `AuthPrivateKey` before `HttpsClient.Key`.
  private static KeyPlace keys(Options options) {
    return options
        .conf()
        .authKey()
        .or(() -> options.conf().certificateKey())
        .map(name -> configured(name, options.passphrase()))
        .orElseGet(() -> KeyFiles.ours(options.data().resolve(KEY)));
  }

  private static KeyPlace configured(KeyName name, String passphrase) {
    return switch (name) {
      case KeyName.OfToken(Pkcs11Uri uri) -> TokenKeys.open(uri, passphrase);
      case KeyName.InFile(Path file) -> {
        KeyFiles keys = KeyFiles.configured(file, passphrase);
        if (keys.current().isEmpty()) {
          throw new AgentFailure(
              file + ": not there (expected: the configured key; it is not made here)");
        }
        yield keys;
      }
    };
  }

  private static Optional<X509ExtendedKeyManager> certificate(Options options) {
    MenderConf conf = options.conf();
    return conf.certificate()
        .flatMap(
            file ->
                conf.certificateKey()
                    .flatMap(name -> configured(name, options.passphrase()).current())
                    .map(key -> ClientCertificate.of(file, key)));
  }

  /// Asks once.
  public Answer askOnce() {
    return authorizer.ask();
  }

  /// Keeps a token from now on, and hands it out.
  public void start() {
    LocalProxy started = LocalProxy.start(vertx, client, tokens, options.proxyPort());
    proxy = started;
    options
        .busAddress()
        .ifPresent(
            address -> {
              TokenBus opened = new TokenBus(address, tokens, started.url());
              bus = opened;
              opened.start();
            });
    tokens.start();
    LOG.atInfo()
        .addKeyValue("proxy", started.url())
        .addKeyValue("data", options.data())
        .log("the device agent runs");
  }

  /// Where programs on this device make calls with its token.
  public String proxyUrl() {
    LocalProxy started = proxy;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started.url();
  }

  /// The text of a file with a passphrase, without the line's end.
  ///
  /// @throws AgentFailure when it cannot be read
  public static String passphrase(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new AgentFailure(file + ": cannot be read (expected: a file with the passphrase)", e);
    }
  }

  @Override
  public void close() {
    TokenBus openBus = bus;
    if (openBus != null) {
      openBus.close();
    }
    tokens.close();
    LocalProxy started = proxy;
    if (started != null) {
      started.close();
    }
    var _ = client.close().toCompletionStage().toCompletableFuture().join();
    var _ = vertx.close().toCompletionStage().toCompletableFuture().join();
    directory.close();
  }
}
