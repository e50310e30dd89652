package org.rekey.keystore;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.rekey.keystore.grpc.KeyAdminEndpoint;
import org.rekey.keystore.grpc.KeyLogEndpoint;
import org.rekey.keystore.grpc.SignerEndpoint;
import org.rekey.keystore.kafka.KeyLogPublisher;
import org.rekey.keystore.kafka.KeyLogTopic;
import org.rekey.keystore.kafka.Publications;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.keystore.log.LogCopies;
import org.rekey.keystore.postgres.PostgresConfiguredPaths;
import org.rekey.keystore.postgres.PostgresInstances;
import org.rekey.keystore.postgres.PostgresJournal;
import org.rekey.keystore.postgres.PostgresLeases;
import org.rekey.keystore.postgres.PostgresPublications;
import org.rekey.keystore.postgres.PostgresRetirementOrders;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.db.Database;
import org.rekey.runtime.grpc.RpcServer;
import org.rekey.runtime.kafka.KafkaCluster;
import org.rekey.runtime.server.Lifecycle;
import org.rekey.runtime.server.ManagementEndpoint;
import org.rekey.runtime.tls.CredentialsWatch;
import org.rekey.runtime.tls.ServiceCredentials;
import org.rekey.runtime.trace.Tracing;
import org.rekey.verifier.map.Purpose;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// keystore-svc, put together.
public final class KeystoreServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeystoreServer.class);

  private final Lifecycle lifecycle = new Lifecycle();
  private final InstantSource clock = InstantSource.system();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final RpcServer rpc;

  private KeystoreServer(KeystoreConfig config, Tracing tracing) {
    lifecycle.manage("traces", tracing);
    try {
      this.rpc = startAll(config, tracing);
    } catch (RuntimeException e) {
      lifecycle.close();
      throw e;
    }
  }

  /// Starts with the given environment variables ([KeystoreSettings], [RingSettings]).
  ///
  /// @throws SettingsException when they, a key directory or the journal are unusable
  public static KeystoreServer start(Map<String, String> environment) {
    return new KeystoreServer(
        KeystoreConfig.read(environment), Tracing.start("keystore-svc", environment));
  }

  /// The port that gRPC is served on.
  public int port() {
    return rpc.port();
  }

  @Override
  public void close() {
    lifecycle.close();
  }

  private RpcServer startAll(KeystoreConfig config, Tracing tracing) {
    var settings = config.settings();
    var signer = config.signer();
    var database =
        lifecycle.manage("database", Database.open(settings.database(), "keystore", meters));
    var jdbi = database.jdbi();
    var history = KeyHistory.open(new PostgresJournal(jdbi), signer, clock);
    var alarms = new Alarms(meters);
    var copies = new LogCopies(history, signer.publicKey());
    var topic = config.kafka().map(kafka -> new KeyLogTopic(kafka, copies));
    compareWithCopies(settings, history, topic);
    history.onEvent(alarmOnce(history, alarms));
    var verifiers =
        new Verifiers(new PostgresLeases(jdbi), history, alarms, clock, settings.lease());
    var acks = new Acks(history, verifiers);
    var counts = new UsageCounts(verifiers, clock);
    var instances = new PostgresInstances(jdbi);
    var name = settings.name().orElseGet(() -> hostName() + ":" + settings.listen().port());
    BooleanSupplier isAlone =
        () -> !instances.othersAreThere(name, settings.lease().plus(LeaseWriter.LATE));
    lifecycle.manage("leases", new LeaseWriter(verifiers, instances, name));

    new AckTimes(history, verifiers, acks, clock, meters).start();

    var ready = new KeyReadiness(history, acks, settings.minAnnounced(), clock);
    var paths = new PostgresConfiguredPaths(jdbi);
    var rings = new LinkedHashMap<String, RingWatch.Ring>();
    for (KeyRing keyRing : config.rings()) {
      var keeper = new RingKeeper(keyRing, config.tokens(), history, counts, alarms, isAlone);
      rings.put(
          keyRing.name(),
          new RingWatch.Ring(keeper, new ConfiguredKey(keeper, history, ready, paths)));
    }
    var keepers = rings.values().stream().map(RingWatch.Ring::keeper).toList();
    KeystoreMeters.bind(meters, history, verifiers, keepers, clock);
    var retirement =
        new KeyRetirement(history, verifiers, counts, new PostgresRetirementOrders(jdbi), clock);
    var watch =
        lifecycle.manage(
            "rings",
            new RingWatch(
                List.copyOf(rings.values()),
                history,
                clock,
                settings.lease(),
                retirement::carryOutOrders));
    verifiers.onAck(watch::wake);
    watch.start();

    config
        .kafka()
        .ifPresentOrElse(
            kafka -> publish(kafka, history, new PostgresPublications(jdbi), topic.orElseThrow()),
            () ->
                LOG.atWarn()
                    .log(
                        "KEYSTORE_KAFKA_BOOTSTRAP_SERVERS is absent: the key log is read over gRPC"
                            + " alone"));
    var health = new KeystoreHealth(List.copyOf(rings.values()), history, settings.logKey());
    settings
        .managementListen()
        .ifPresent(
            listen ->
                lifecycle.manage(
                    "management",
                    new ManagementEndpoint(
                        listen,
                        meters,
                        ManagementEndpoint.all(List.of(health::notReady, database::lacks)),
                        health::notes)));

    var generation = new KeyGeneration(history, watch, new SecureRandom());
    var activation = new KeyActivation(history, ready);
    lifecycle
        .manage(
            "rotation",
            new KeyRotation(
                List.copyOf(rings.values()),
                history,
                generation,
                activation,
                retirement,
                alarms,
                clock,
                () -> instances.leads(name, settings.lease()),
                settings.lease().multipliedBy(3).plus(settings.minAnnounced()),
                name))
        .start();
    var commands =
        new KeyCommands(rings, generation, activation, retirement, new KeyHolds(history), watch);
    var compromise = new KeyCompromise(rings, history, verifiers, acks, counts, generation, watch);
    var credentials = new ServiceCredentials(settings.tls());
    lifecycle
        .manage("service certificate", new CredentialsWatch(credentials, meters, clock))
        .start();
    var started =
        lifecycle.manage(
            "rpc",
            RpcServer.start(
                settings.listen(),
                credentials,
                tracing.on(
                    List.of(
                        new SignerEndpoint(
                                new Signing(keepers, history, settings.lease(), alarms, meters),
                                manifests(keepers, history, settings.lease()))
                            .service(),
                        new KeyLogEndpoint(history, copies, verifiers, counts, clock).service(),
                        new KeyAdminEndpoint(
                                List.copyOf(rings.values()),
                                commands,
                                compromise,
                                retirement,
                                verifiers,
                                counts,
                                ready,
                                history)
                            .service())),
                meters));
    started.ready(true);
    LOG.atInfo()
        .addKeyValue("port", started.port())
        .addKeyValue("epoch", history.head())
        .addKeyValue("logKey", signer.publicKey().thumbprint())
        .log("keystore-svc is ready");
    return started;
  }

  private static ManifestSigning manifests(
      List<RingKeeper> keepers, KeyHistory history, Duration lease) {
    return keepers.stream()
        .filter(keeper -> keeper.ring().purpose() == Purpose.ARTIFACT)
        .findFirst()
        .map(keeper -> new ManifestSigning(keeper, history, lease))
        .orElseThrow();
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      throw new SettingsException(
          "KEYSTORE_NAME: absent, and this machine has no name (expected: a name that no other"
              + " keystore of this database has)");
    }
  }

  /// Before anything is appended: what an older copy appends makes a second history.
  private static void compareWithCopies(
      KeystoreSettings settings, KeyHistory history, Optional<KeyLogTopic> topic) {
    if (settings.logFromKafka()) {
      topic
          .orElseThrow(
              () ->
                  new SettingsException(
                      "KEYSTORE_LOG_FROM_KAFKA: true, and KEYSTORE_KAFKA_BOOTSTRAP_SERVERS is absent (expected: the Kafka to take events from)"))
          .takeMissing(history);
    }
    topic.ifPresent(KeyLogTopic::compareAtStart);
    history
        .closed()
        .ifPresent(
            why -> {
              throw new SettingsException(why);
            });
  }

  private static Runnable alarmOnce(KeyHistory history, Alarms alarms) {
    var raised = new AtomicBoolean();
    return () ->
        history
            .closed()
            .filter(_ -> raised.compareAndSet(false, true))
            .ifPresent(why -> alarms.raise(Alarms.Kind.LOG_ROLLED_BACK, "key log", why));
  }

  private void publish(
      KafkaCluster kafka, KeyHistory history, Publications publications, KeyLogTopic topic) {
    lifecycle
        .manage("publisher", new KeyLogPublisher(kafka, history, publications, topic, meters))
        .start();
  }
}
