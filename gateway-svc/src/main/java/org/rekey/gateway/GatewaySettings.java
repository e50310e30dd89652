package org.rekey.gateway;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.spi.Converter;
import org.rekey.gateway.http.TrafficLimits;
import org.rekey.gateway.mtls.IdentityRule;
import org.rekey.runtime.config.HostPort;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.limit.Rate;

/// The gateway's settings: `GATEWAY_LISTEN` and so on.
@ConfigMapping(prefix = "gateway")
public interface GatewaySettings {
  /// Where HTTPS is served. Plain HTTP is not listened to anywhere.
  @WithDefault("0.0.0.0:8443")
  HostPort listen();

  /// Whether another gateway of the same user on this machine may have the same ports
  /// (`SO_REUSEPORT`): the kernel gives each new connection to one of them. So one can be exchanged
  /// for another while clients come.
  @WithDefault("false")
  boolean sharePort();

  /// How long a gateway that is told to stop waits for its clients to go (0 s to 1 h): it takes no
  /// new connections then, and tells those that are there to come again, elsewhere.
  @WithDefault("5s")
  Duration leaveWithin();

  /// PEM: the HTTPS certificate, followed by its chain.
  Path certificate();

  /// PEM: its private key.
  Path key();

  /// More certificates, each for the names in it (SNI): `NAME.pem` (the certificate, followed by
  /// its chain) and `NAME.key`. Absent: only the one above. All of them are read again when they
  /// change.
  Optional<Path> certificateDirectory();

  /// Mutual TLS towards the services.
  TlsSettings tls();

  /// useradm-svc: `host:port`, several replicas separated by commas.
  String useradmTarget();

  /// deviceauth-svc: `host:port`, several replicas separated by commas.
  String deviceauthTarget();

  /// The routes file (YAML). Absent: nothing is proxied.
  Optional<Path> routes();

  /// Prometheus metrics and health, plain HTTP.
  Optional<HostPort> managementListen();

  /// How long a verdict may take before the client gets 503.
  @WithDefault("2s")
  Duration verdictTimeout();

  /// How long connecting to an upstream may take, for routes that do not say, before the client
  /// gets 504.
  @WithDefault("2s")
  Duration upstreamConnectTimeout();

  /// How long agreeing on TLS may take, waiting for its turn included. Then the connection is
  /// closed.
  @WithDefault("10s")
  Duration handshakeTimeout();

  /// How many new connections may wait for their turn to agree on TLS, on each event loop. Beyond
  /// that, whoever has most of them loses one.
  @WithDefault("2048")
  int waitingHandshakes();

  /// How long the first request of a connection, and from its first byte on any other, may take to
  /// come with all of its head. Then the connection is closed.
  @WithDefault("15s")
  Duration requestHeadTimeout();

  /// How long a client may send nothing in the midst of a request's body before it gets 408.
  @WithDefault("60s")
  Duration requestBodyTimeout();

  /// How many requests may wait for a verdict at the same time. All others get 503 at once.
  @WithDefault("4096")
  int maxWaitingForVerdicts();

  /// How many requests, and web sockets, may be under way to upstreams at the same time. All others
  /// get 503 at once.
  @WithDefault("20000")
  int maxRequests();

  /// What one client may ask for.
  @WithParentName
  TrafficLimits.Settings traffic();

  /// How long a connection to a client may be idle, in a request or between two.
  @WithDefault("2h")
  Duration idleTimeout();

  /// Largest header block of a request, in bytes (1 024 to 1 048 576).
  @WithDefault("16384")
  int maxHeaderBytes();

  /// Largest body of the gateway's own API, in bytes. Proxied bodies stream and have no limit.
  @WithDefault("1048576")
  int requestSizeLimit();

  /// Who does TLS on the public port: `BORINGSSL` (a native library that comes with the gateway,
  /// Linux on x86-64 only), `JDK`, or `AUTO`: BoringSSL where it loads, which costs a fifth less
  /// for each request.
  @WithDefault("AUTO")
  TlsEngine tlsEngine();

  /// See [#tlsEngine].
  enum TlsEngine {
    AUTO,
    JDK,
    BORINGSSL
  }

  /// A port of its own for devices that show a certificate. Absent: there is none.
  Optional<MutualTlsSettings> mtls();

  /// `GATEWAY_MTLS_LISTEN` and so on.
  interface MutualTlsSettings {
    /// Where it is.
    HostPort listen();

    /// PEM: who vouches for devices; a file, or a directory. Read again when it changes, like all
    /// below.
    Path ca();

    /// Revocation lists, PEM or DER; a file, or a directory. Absent: nobody is asked. Present:
    /// every authority in a device's chain must have one that is in time.
    Optional<Path> crl();

    /// Serial numbers that are let in no more, a line each, hexadecimal.
    Optional<Path> blockedSerials();

    /// What of the certificate must be what in the identity, as in `cn=mac`; or `none`. Without a
    /// default: it decides whether one device can take the place of another.
    @WithConverter(IdentityRuleConverter.class)
    IdentityRule identityRule();
  }

  /// See [MutualTlsSettings#identityRule].
  final class IdentityRuleConverter implements Converter<IdentityRule> {
    private static final long serialVersionUID = 1L;

    @Override
    public IdentityRule convert(String value) {
      return IdentityRule.parse(value);
    }
  }

  /// Where the internal API is served (`/api/internal/v1/useradm`): bind it to a private address.
  /// Absent: nowhere.
  Optional<HostPort> internalListen();

  /// Who may use the internal API.
  @WithDefault("MUTUAL_TLS")
  InternalAccess internalAccess();

  /// See [#internalAccess].
  enum InternalAccess {
    /// Callers with a certificate of the services' authority whose name is in [#internalCallers].
    MUTUAL_TLS,
    /// Plain HTTP for everybody: whoever reaches the port may make and delete users.
    ANYONE_WHO_REACHES_THE_PORT
  }

  /// The names in the certificates of those who may use the internal API, separated by commas.
  @WithDefault("operator")
  Set<@WithConverter(Stripped.class) String> internalCallers();

  /// Where other proxies ask for verdicts over HTTP. Absent: nowhere.
  Optional<HostPort> verifyListen();

  /// Where Envoys ask for verdicts (`ext_authz`, gRPC). Absent: nowhere.
  Optional<HostPort> extAuthzListen();

  /// Who may ask for verdicts, on both ports.
  @WithDefault("MUTUAL_TLS")
  VerifyAccess verifyAccess();

  /// See [#verifyAccess].
  enum VerifyAccess {
    /// Callers with a certificate of the services' authority whose name is in [#verifyCallers].
    MUTUAL_TLS,
    /// The gateway shows its certificate, callers show none.
    ANYONE_OVER_TLS,
    /// Without TLS: tokens travel in the clear.
    ANYONE_WHO_REACHES_THE_PORT
  }

  /// The names in the certificates of those who may ask for verdicts, separated by commas.
  @WithDefault("proxy")
  Set<@WithConverter(Stripped.class) String> verifyCallers();

  /// Blanks beside a comma are no part of a name.
  final class Stripped implements Converter<String> {
    private static final long serialVersionUID = 1L;

    @Override
    public String convert(String value) {
      return value.strip();
    }
  }

  /// The id by which the internal API knows this installation: it is one tenant.
  @WithDefault("default")
  String tenantId();

  /// Where clients find the gateway: `https://host` or `https://host:port`. Absent: as each client
  /// says in `Host`, and addresses that are told are kept by nobody.
  Optional<URI> publicUrl();

  /// How long verifiers elsewhere may keep a key set (0 s to 1 day). KEYSTORE_MIN_ANNOUNCED must be
  /// longer.
  @WithDefault("5m")
  Duration jwksMaxAge();

  /// The clients file (YAML): who may ask about tokens and end them. Absent: nobody. Read again
  /// when it changes.
  Optional<Path> clients();

  /// How often one address may fail to be a client before it is told to wait: `NUMBER/TIME`, or
  /// `off`.
  @WithDefault("20/1m")
  Rate failedClientsPerAddress();

  /// Where a line for each request goes: `off`, `stdout`, or the path of a file.
  @WithDefault("off")
  String accessLog();

  /// Whether traces go on with the client's `traceparent`: only where every client is a proxy of
  /// your own.
  @WithDefault("false")
  boolean trustTraceparent();

  /// How long after its last request a device counts among those that have, or have not, been seen
  /// on a new certificate.
  @WithDefault("7d")
  Duration devicesSeenWithin();

  /// Event loops. 0: one for each core.
  @WithDefault("0")
  int eventLoops();
}
