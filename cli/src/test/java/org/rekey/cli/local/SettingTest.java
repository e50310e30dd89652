package org.rekey.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingTest {
  @ParameterizedTest
  @CsvSource({
    "KEYSTORE_RESCAN, keystore",
    "USERADM_JWT_EXP_TIMEOUT, useradm",
    "DEVICEAUTH_REGISTRY_TTL, deviceauth",
    "GATEWAY_TLS_ENGINE, gateway",
    "USERADM_SERVER_PRIV_KEY_PATH, keystore",
    "USERADM_ROTATE_AFTER, keystore",
    "DEVICEAUTH_RETIRE_WHEN_SAFE, keystore",
    "DEVICEAUTH_SERVER_PRIV_KEY_FILENAME_PATTERN, keystore",
    "DEVICEAUTH_JWT_ISSUER, keystore",
    "ARTIFACT_SERVER_PRIV_KEY_PATH, keystore",
    "USERADM_JWT_ISSUER, useradm keystore",
    "REKEY_LOG_LEVEL, keystore useradm deviceauth gateway"
  })
  void goesToThoseWhoReadIt(String name, String services) {
    assertThat(Setting.parse(name + "=x").services()).containsExactly(services.split(" "));
  }

  @Test
  void keepsTheValueAsItIs() {
    assertThat(Setting.parse("USERADM_JWT_ISSUER=a=b c").value()).isEqualTo("a=b c");
    assertThat(Setting.parse("USERADM_JWT_ISSUER=").value()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "NAME, expected: NAME=VALUE",
    "=VALUE, expected: NAME=VALUE",
    "GATEWAY_=1, no service has such a setting",
    "PATH=/bin, begins with KEYSTORE_",
    "KEYSTORE_LISTEN=127.0.0.1:1, decided by `rekey up`",
    "USERADM_SERVER_PRIV_KEY_PASSPHRASE=x, USERADM_SERVER_PRIV_KEY_PASSPHRASE_FILE",
    "KEYSTORE_PKCS11_PIN=1, KEYSTORE_PKCS11_PIN_FILE"
  })
  void refusesWhatNoServiceReads(String text, String message) {
    assertThatThrownBy(() -> Setting.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
