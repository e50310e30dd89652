package org.rekey.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Pkcs11UriTest {
  @Test
  void readsWhatAnOperatorWrites() throws Exception {
    var uri =
        Pkcs11Uri.parse(
            "pkcs11:token=My%20HSM;serial=0001;object=k%c3%b6y;id=%01%ff;type=private?module-path=/usr/lib/hsm.so&pin-source=file:/run/pin\n");
    assertThat(uri.token()).isEqualTo(Map.of("token", "My HSM", "serial", "0001"));
    assertThat(uri.object()).isEqualTo("köy");
    assertThat(uri.id()).isEqualTo("01ff");
    assertThat(uri.module()).isEqualTo(Path.of("/usr/lib/hsm.so"));
    assertThat(uri.strict().pin()).isNotNull().extracting(Passphrase::source).isEqualTo("/run/pin");
  }

  @Test
  void readsWhatADeviceHasAndShowsNoPin() throws Exception {
    var uri = Pkcs11Uri.parse("pkcs11:object=o?pin-value=12%3034");
    assertThat(uri.token()).isEmpty();
    assertThat(uri.pin())
        .isNotNull()
        .extracting(Passphrase::read)
        .isInstanceOfSatisfying(
            Passphrase.Present.class,
            present -> assertThat(present.chars()).containsExactly("12034".toCharArray()));
    assertThat(uri.toString() + uri.key()).doesNotContain("12034");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pkcs11:object=o                        | names no token",
        "pkcs11:token=t;object=o?pin-value=1234 | pin-source"
      })
  void refusesWhatWouldBeAnybodysWhereKeysOfManyAre(String uri, String hint) throws Exception {
    var parsed = Pkcs11Uri.parse(uri);
    assertThatThrownBy(parsed::strict)
        .isInstanceOf(UnusableTokenKeyException.class)
        .hasMessageContaining(hint)
        .hasMessageNotContaining("1234");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pkcs11:                                              | names no key",
        "pkcs11:token=t                                       | names no key",
        "pkcs11:token=t;object=o?pin-source=/p&pin-value=1234 | one of them",
        "pkcs11:token=t;object=o?module-name=softhsm2         | module-path",
        "pkcs11:token=t;object=o?module-path=lib.so           | absolute",
        "pkcs11:token=t;object=o?module-path=/usr/../x.so     | absolute",
        "pkcs11:token=t;object=o?pin-source=%7Ccat%20/etc/pin | absolute",
        "pkcs11:token=t;object=o;type=cert                    | private",
        "pkcs11:token=t;token=u;object=o                      | twice",
        "pkcs11:token=t;object=o;slot-id=1                    | slot-id",
        "pkcs11:token=t;object=%zz                            | hexadecimal",
        "pkcs11:token=t;object=%4                             | hexadecimal",
        "pkcs11:token=t;object=%ff                            | UTF-8",
        "pkcs11:token=t;;object=o                             | NAME=VALUE",
        "pkcs11:token=t;object=a b                            | percent-encoded"
      })
  void refusesWhatCannotBeMeant(String uri, String hint) {
    assertThatThrownBy(() -> Pkcs11Uri.parse(uri))
        .isInstanceOf(UnusableTokenKeyException.class)
        .hasMessageContaining(hint)
        .hasMessageNotContaining("1234");
  }
}
