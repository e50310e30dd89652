package org.rekey.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The chart, rendered by Helm's own engine.
class HelmChartTest {
  private static final List<String> SERVICES =
      List.of("keystore", "useradm", "deviceauth", "gateway");

  private static TemplateCommand template(String... settings) {
    TemplateCommand command =
        new Helm(Project.file("deploy/helm/rekey").toAbsolutePath())
            .template()
            .withName("r")
            .withKubeVersion("1.34.0")
            .set("database.host", "postgres.example")
            .set("kafka.bootstrapServers", "kafka.example:9093");
    for (String setting : settings) {
      String[] parts = setting.split("=", 2);
      command.set(parts[0], parts[1]);
    }
    return command;
  }

  private static List<HasMetadata> rendered(String... settings) {
    return KubernetesObjects.read(template(settings).call());
  }

  private static <T> Stream<T> all(List<HasMetadata> objects, Class<T> type) {
    return objects.stream().filter(type::isInstance).map(type::cast);
  }

  private static Map<String, PodTemplateSpec> pods(List<HasMetadata> objects) {
    return Stream.concat(
            all(objects, Deployment.class)
                .map(one -> Map.entry(component(one), one.getSpec().getTemplate())),
            all(objects, StatefulSet.class)
                .map(one -> Map.entry(component(one), one.getSpec().getTemplate())))
        .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  private static String component(HasMetadata object) {
    return component(object.getMetadata().getLabels());
  }

  private static String component(Map<String, String> labels) {
    return String.valueOf(labels.get("app.kubernetes.io/component"));
  }

  @Test
  void everyServiceRunsAsNobodyOnAReadOnlyRootWithProbes() {
    Map<String, PodTemplateSpec> pods = pods(rendered());

    assertThat(pods).containsOnlyKeys(SERVICES);
    assertThat(pods.values())
        .allSatisfy(
            pod -> {
              PodSpec spec = pod.getSpec();
              assertThat(spec.getSecurityContext().getRunAsNonRoot()).isTrue();
              assertThat(spec.getAutomountServiceAccountToken()).isFalse();
              Container container = spec.getContainers().getFirst();
              assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
              assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
              assertThat(container.getSecurityContext().getCapabilities().getDrop())
                  .containsExactly("ALL");
              assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/readyz");
              assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/healthz");
              assertThat(container.getStartupProbe()).isNotNull();
            });
  }

  @Test
  void everyMountHasItsVolumeAndEveryVolumeItsMount() {
    assertThat(pods(rendered("kafka.clientConfigSecret=kafka-client")).values())
        .allSatisfy(
            pod ->
                assertThat(
                        pod.getSpec().getContainers().getFirst().getVolumeMounts().stream()
                            .map(VolumeMount::getName))
                    .containsExactlyInAnyOrderElementsOf(
                        pod.getSpec().getVolumes().stream().map(Volume::getName).toList()));
  }

  @Test
  void onlyTheKeystoreHasPrivateKeys() {
    pods(rendered())
        .forEach(
            (component, pod) ->
                assertThat(
                        pod.getSpec().getVolumes().stream()
                            .filter(volume -> volume.getSecret() != null)
                            .map(volume -> volume.getSecret().getSecretName())
                            .filter(
                                name ->
                                    name.startsWith("rekey-keys-") || name.equals("rekey-log-key")))
                    .as(component)
                    .hasSize(component.equals("keystore") ? 4 : 0));
  }

  @Test
  void onlyIssuersAndTheOperatorReachTheKeystore() {
    NetworkPolicy policy =
        all(rendered(), NetworkPolicy.class)
            .filter(one -> component(one).equals("keystore"))
            .findFirst()
            .orElseThrow();

    List<NetworkPolicyPeer> callers =
        policy.getSpec().getIngress().stream()
            .filter(rule -> "grpc".equals(rule.getPorts().getFirst().getPort().getStrVal()))
            .flatMap(rule -> rule.getFrom().stream())
            .toList();
    assertThat(callers.stream().map(peer -> peer.getPodSelector().getMatchLabels()))
        .satisfiesExactlyInAnyOrder(
            labels -> assertThat(component(labels)).isEqualTo("useradm"),
            labels -> assertThat(component(labels)).isEqualTo("deviceauth"),
            labels -> assertThat(labels).containsOnlyKeys("rekey.org/operator"));
    assertThat(all(rendered(), NetworkPolicy.class).map(HelmChartTest::component))
        .containsExactlyInAnyOrderElementsOf(SERVICES);
  }

  @Test
  void scalesOnVerdictsAndTakesOnePodAtATime() {
    List<HasMetadata> objects = rendered();

    assertThat(all(objects, HorizontalPodAutoscaler.class))
        .hasSize(3)
        .allSatisfy(
            scaler ->
                assertThat(scaler.getSpec().getMetrics().getFirst().getPods().getMetric().getName())
                    .isEqualTo("rekey_verdicts_per_second"));
    assertThat(all(objects, PodDisruptionBudget.class).map(HelmChartTest::component))
        .containsExactlyInAnyOrderElementsOf(SERVICES);
    assertThat(all(objects, Deployment.class))
        .as("the scaler says how many")
        .allSatisfy(one -> assertThat(one.getSpec().getReplicas()).isNull());
  }

  @Test
  void takesKeysFromACsiVolumeOrAClaim() {
    PodSpec keystore =
        pod(
            pods(
                rendered(
                    "keystore.keys.useradm.secret=null",
                    "keystore.keys.useradm.csi.driver=secrets-store.csi.k8s.io",
                    "keystore.keys.artifact.secret=null",
                    "keystore.keys.artifact.claim=artifact-keys")),
            "keystore");

    assertThat(volume(keystore, "keys-useradm").getCsi().getDriver())
        .isEqualTo("secrets-store.csi.k8s.io");
    assertThat(volume(keystore, "keys-artifact").getPersistentVolumeClaim().getClaimName())
        .isEqualTo("artifact-keys");
    assertThat(
            keystore.getContainers().getFirst().getVolumeMounts().stream()
                .filter(mount -> mount.getName().equals("keys-artifact"))
                .map(VolumeMount::getReadOnly))
        .containsExactly(false);
  }

  private static PodSpec pod(Map<String, PodTemplateSpec> pods, String component) {
    return Optional.ofNullable(pods.get(component)).orElseThrow().getSpec();
  }

  private static Volume volume(PodSpec pod, String name) {
    return pod.getVolumes().stream()
        .filter(volume -> volume.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void refusesValuesThatItDoesNotKnow() {
    assertThatThrownBy(() -> template("gateway.replica=3").call()).hasMessageContaining("replica");
    assertThatThrownBy(() -> template("kafka.bootstrapServers=nowhere").call())
        .hasMessageContaining("bootstrapServers");
  }

  @Test
  void givesEachServiceWhatItCannotStartWithout() {
    Map<String, PodTemplateSpec> pods = pods(rendered());

    assertThat(variables(pods, "keystore"))
        .contains("KEYSTORE_LOG_KEY", "KEYSTORE_DATABASE_URL", "KEYSTORE_TLS_CA", "KEYSTORE_NAME");
    assertThat(variables(pods, "useradm"))
        .contains("USERADM_KEYSTORE_TARGET", "USERADM_KEYLOG_PUBLIC_KEY", "USERADM_LISTEN");
    assertThat(variables(pods, "deviceauth")).contains("DEVICEAUTH_KAFKA_BOOTSTRAP_SERVERS");
    assertThat(variables(pods, "gateway"))
        .contains("GATEWAY_USERADM_TARGET", "GATEWAY_DEVICEAUTH_TARGET", "GATEWAY_CERTIFICATE");
  }

  private static List<String> variables(Map<String, PodTemplateSpec> pods, String component) {
    return pod(pods, component).getContainers().getFirst().getEnv().stream()
        .map(EnvVar::getName)
        .toList();
  }
}
