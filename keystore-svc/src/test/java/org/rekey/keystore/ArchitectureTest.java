package org.rekey.keystore;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.security.PrivateKey;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.rekey.keystore.key.SigningKey;

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
        .doNotBelongToAnyOf(SigningKey.class)
        .should()
        .haveRawType(PrivateKey.class)
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
