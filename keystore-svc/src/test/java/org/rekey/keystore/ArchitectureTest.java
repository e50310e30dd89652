package org.rekey.keystore;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.junit.jupiter.api.Test;
import org.rekey.keystore.key.FileKey;
import org.rekey.keystore.key.NewPrivateKey;
import org.rekey.keystore.key.PemKeys;

/// Who may know what. The composition root knows everyone and is left out.
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains("test-classes"))
          .importPackages("org.rekey.keystore");

  @Test
  void onlyTheGrpcAdapterKnowsGrpc() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..keystore.grpc..")
        .and()
        .doNotHaveSimpleName("KeystoreServer")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.grpc..", "org.rekey.runtime.grpc..")
        .check(CLASSES);
  }

  @Test
  void onlyAdaptersAndTheLogsCodecKnowTheContractsMessages() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "..keystore.grpc..", "..keystore.kafka..", "..keystore.postgres..", "..keystore.log..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.rekey.proto..", "com.google.protobuf..")
        .check(CLASSES);
  }

  @Test
  void onlyThePostgresAdapterKnowsSql() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..keystore.postgres..")
        .and()
        .doNotHaveSimpleName("KeystoreServer")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jdbi..", "java.sql..")
        .check(CLASSES);
  }

  @Test
  void onlyTheKafkaAdapterKnowsKafka() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..keystore.kafka..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.kafka..")
        .check(CLASSES);
  }

  @Test
  void privateKeysStayInTheirPackageAndOneClassKeepsThem() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..keystore.key..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(PrivateKey.class)
        .check(CLASSES);
    com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields()
        .that()
        .areDeclaredInClassesThat()
        .doNotBelongToAnyOf(FileKey.class)
        .should()
        .haveRawType(PrivateKey.class)
        .check(CLASSES);
  }

  /// One door, and six classes in it: whoever audits what happens to private keys reads these.
  @Test
  void theBytesOfPrivateKeysAreSeenBySixClasses() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(PemKeys.class, NewPrivateKey.class, FileKey.class)
        .and()
        .doNotHaveSimpleName("PrivateKeyTypes")
        .and()
        .doNotHaveSimpleName("EncryptedKeys")
        .and()
        .doNotHaveSimpleName("MlDsaPrivateKeys")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(
            PrivateKey.class,
            PKCS8EncodedKeySpec.class,
            PrivateKeyInfo.class,
            KeyStore.class,
            KeyPair.class,
            KeyPairGenerator.class)
        .check(CLASSES);
  }

  @Test
  void nativeCodeIsCalledByTheModuleForTokensAlone() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.lang.foreign..")
        .check(CLASSES);
  }

  @Test
  void timeIsAParameter() {
    noClasses()
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }
}
