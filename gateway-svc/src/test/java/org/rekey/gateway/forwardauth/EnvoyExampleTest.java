package org.rekey.gateway.forwardauth;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/// deploy/examples/envoy/envoy.yaml, read by Envoy's own schema: a field that Envoy does not know
/// fails here.
class EnvoyExampleTest {
  private static final Path EXAMPLE = Path.of("../deploy/examples/envoy/envoy.yaml");
  private static final TypeRegistry EXTENSIONS =
      TypeRegistry.newBuilder()
          .add(HttpConnectionManager.getDescriptor())
          .add(ExtAuthz.getDescriptor())
          .add(ExtAuthzPerRoute.getDescriptor())
          .add(Router.getDescriptor())
          .add(HttpProtocolOptions.getDescriptor())
          .add(UpstreamTlsContext.getDescriptor())
          .build();

  private static Bootstrap read() throws IOException {
    Object yaml =
        new Load(LoadSettings.builder().build()).loadFromString(Files.readString(EXAMPLE));
    Bootstrap.Builder bootstrap = Bootstrap.newBuilder();
    JsonFormat.parser()
        .usingTypeRegistry(EXTENSIONS)
        .merge(new ObjectMapper().writeValueAsString(yaml), bootstrap);
    return bootstrap.build();
  }

  private static HttpConnectionManager edge() throws IOException {
    return read()
        .getStaticResources()
        .getListeners(0)
        .getFilterChains(0)
        .getFilters(0)
        .getTypedConfig()
        .unpack(HttpConnectionManager.class);
  }

  @Test
  void withoutAVerdictNothingPasses() throws IOException {
    List<HttpFilter> filters = edge().getHttpFiltersList();
    assertThat(filters)
        .extracting(HttpFilter::getName)
        .containsExactly("envoy.filters.http.ext_authz", "envoy.filters.http.router");
    ExtAuthz filter = filters.getFirst().getTypedConfig().unpack(ExtAuthz.class);
    assertThat(filter.getFailureModeAllow()).isFalse();
    assertThat(filter.getStatusOnError().getCode()).isEqualTo(StatusCode.ServiceUnavailable);
    assertThat(filter.getGrpcService().getEnvoyGrpc().getClusterName()).isEqualTo("rekey_verdicts");
    assertThat(edge().getNormalizePath().getValue()).isTrue();
  }

  @Test
  void aRouteSaysTheAudienceInWordsThatTheGatewayKnows() throws IOException {
    Route route = edge().getRouteConfig().getVirtualHosts(0).getRoutes(0);
    ExtAuthzPerRoute check =
        route
            .getTypedPerFilterConfigOrThrow("envoy.filters.http.ext_authz")
            .unpack(ExtAuthzPerRoute.class);
    assertThat(check.getCheckSettings().getContextExtensionsMap())
        .containsExactly(
            java.util.Map.entry(org.rekey.gateway.forwardauth.ExtAuthz.AUDIENCE, "devices"));
  }

  @Test
  void theGatewayIsAskedOverMutualTlsAndHttp2() throws IOException {
    Cluster cluster = read().getStaticResources().getClusters(0);
    assertThat(cluster.getName()).isEqualTo("rekey_verdicts");
    assertThat(
            cluster
                .getTypedExtensionProtocolOptionsOrThrow(
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions")
                .unpack(HttpProtocolOptions.class)
                .getExplicitHttpConfig()
                .hasHttp2ProtocolOptions())
        .isTrue();
    TransportSocket socket = cluster.getTransportSocket();
    UpstreamTlsContext tls = socket.getTypedConfig().unpack(UpstreamTlsContext.class);
    assertThat(tls.getCommonTlsContext().getTlsCertificatesList()).hasSize(1);
    assertThat(
            tls.getCommonTlsContext()
                .getValidationContext()
                .getMatchTypedSubjectAltNames(0)
                .getMatcher()
                .getExact())
        .isEqualTo("gateway");
  }
}
