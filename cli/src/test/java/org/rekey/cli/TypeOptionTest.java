package org.rekey.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.KeyState;
import org.rekey.verifier.key.CryptoProvider;

class TypeOptionTest {
  @ParameterizedTest
  @CsvSource({
    "ES256, p-256",
    "ES384, p-384",
    "ES512, p-521",
    "EdDSA, ed25519",
    "ML-DSA-65, ml-dsa-65"
  })
  void aNewKeyIsOfTheTypeOfTheOneThatSigns(String alg, String type) {
    var other = Key.newBuilder().setAlg("RS256").setState(KeyState.KEY_STATE_VERIFY_ONLY).build();
    var signs = Key.newBuilder().setAlg(alg).setState(KeyState.KEY_STATE_ACTIVE).build();
    assertThat(new TypeOption().orAsTheOneThatSigns(List.of(other, signs))).isEqualTo(type);
  }

  @Test
  void anRsaKeyIsAsLongAsTheOneThatSigns() throws NoSuchAlgorithmException {
    var generator = CryptoProvider.preferred().keyPairGenerator("RSA");
    generator.initialize(3072);
    var key =
        Key.newBuilder()
            .setAlg("RS256")
            .setPublicKey(
                ByteString.copyFrom(generator.generateKeyPair().getPublic().getEncoded()));
    assertThat(TypeOption.of(key.build())).isEqualTo("rsa-3072");
  }

  @Test
  void theKeystoreChoosesWhereNoneSigns() {
    assertThat(new TypeOption().orAsTheOneThatSigns(List.of())).isEmpty();
  }
}
