package org.rekey.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rekey.gateway.GatewaySettings.InternalAccess;
import org.rekey.gateway.GatewaySettings.VerifyAccess;
import org.rekey.gateway.mtls.IdentityRule;
import org.rekey.runtime.config.Settings;
import org.rekey.runtime.config.SettingsException;

class GatewaySettingsTest {
  private static Map<String, String> required() {
    return new HashMap<>(
        Map.of(
            "GATEWAY_CERTIFICATE", "https.pem",
            "GATEWAY_KEY", "https.key",
            "GATEWAY_TLS_CERTIFICATE", "gateway.pem",
            "GATEWAY_TLS_KEY", "gateway.key",
            "GATEWAY_TLS_CA", "ca.pem",
            "GATEWAY_USERADM_TARGET", "useradm:9444",
            "GATEWAY_DEVICEAUTH_TARGET", "deviceauth:9445"));
  }

  @Test
  void theInternalApiIsOffAndForOperatorsOnly() {
    GatewaySettings settings = Settings.read(GatewaySettings.class, required());
    assertThat(settings.internalListen()).isEmpty();
    assertThat(settings.internalAccess()).isEqualTo(InternalAccess.MUTUAL_TLS);
    assertThat(settings.internalCallers()).containsExactly("operator");
    assertThat(settings.tenantId()).isEqualTo("default");
  }

  @Test
  void callersAreSeparatedByCommas() {
    Map<String, String> environment = required();
    environment.put("GATEWAY_INTERNAL_CALLERS", "operator, monitor,proxy");
    GatewaySettings settings = Settings.read(GatewaySettings.class, environment);
    assertThat(settings.internalCallers())
        .containsExactlyInAnyOrder("operator", "monitor", "proxy");
  }

  @Test
  void verdictsForOtherProxiesAreOffAndForNamedCallersOnly() {
    GatewaySettings settings = Settings.read(GatewaySettings.class, required());
    assertThat(settings.verifyListen()).isEmpty();
    assertThat(settings.extAuthzListen()).isEmpty();
    assertThat(settings.verifyAccess()).isEqualTo(VerifyAccess.MUTUAL_TLS);
    assertThat(settings.verifyCallers()).containsExactly("proxy");
    Map<String, String> environment = required();
    environment.put("GATEWAY_VERIFY_ACCESS", "PLAIN");
    assertThatThrownBy(() -> Settings.read(GatewaySettings.class, environment))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("GATEWAY_VERIFY_ACCESS");
  }

  @Test
  void openAccessMustBeWrittenInFull() {
    Map<String, String> environment = required();
    environment.put("GATEWAY_INTERNAL_ACCESS", "NONE");
    assertThatThrownBy(() -> Settings.read(GatewaySettings.class, environment))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("GATEWAY_INTERNAL_ACCESS");
  }

  @Test
  void mutualTlsIsOffUnlessItsPortIsNamed() {
    assertThat(Settings.read(GatewaySettings.class, required()).mtls()).isEmpty();
  }

  @Test
  void mutualTlsNeedsAuthoritiesAndARuleInWords() {
    Map<String, String> environment = required();
    environment.put("GATEWAY_MTLS_LISTEN", "127.0.0.1:0");
    assertThatThrownBy(() -> Settings.read(GatewaySettings.class, environment))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("GATEWAY_MTLS_CA")
        .hasMessageContaining("GATEWAY_MTLS_IDENTITY_RULE");

    environment.put("GATEWAY_MTLS_CA", "devices.pem");
    environment.put("GATEWAY_MTLS_IDENTITY_RULE", "name=mac");
    assertThatThrownBy(() -> Settings.read(GatewaySettings.class, environment))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("GATEWAY_MTLS_IDENTITY_RULE")
        .hasMessageContaining("name=mac");

    environment.put("GATEWAY_MTLS_IDENTITY_RULE", "cn=mac");
    environment.put("GATEWAY_MTLS_BLOCKED_SERIALS", "blocked.txt");
    assertThat(Settings.read(GatewaySettings.class, environment).mtls())
        .hasValueSatisfying(
            mtls -> {
              assertThat(mtls.identityRule()).isEqualTo(IdentityRule.parse("cn=mac"));
              assertThat(mtls.blockedSerials()).contains(Path.of("blocked.txt"));
              assertThat(mtls.crl()).isEmpty();
            });
  }
}
