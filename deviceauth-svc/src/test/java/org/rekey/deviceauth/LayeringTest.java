package org.rekey.deviceauth;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class LayeringTest {
  private static final String ROOT = "org.rekey.deviceauth";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  void theDomainKnowsNoWireAndNoSql() {
    noClasses()
        .that()
        .resideInAnyPackage(ROOT, ROOT + ".key")
        .and()
        .haveNameNotMatching("org\\.rekey\\.deviceauth\\.Deviceauth.*")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "io.grpc..",
                    "com.google.protobuf..",
                    "org.rekey.proto..",
                    "org.rekey.runtime..",
                    "org.jdbi..",
                    "java.sql..",
                    "org.apache.kafka..",
                    ROOT + ".grpc..",
                    ROOT + ".keystore..",
                    ROOT + ".postgres..")
                .and(resideOutsideOfPackage("org.rekey.runtime.limit.."))
                .as("the wire, SQL or the chassis, but for its counting"))
        .check(CLASSES);
  }

  @Test
  void adaptersKnowNothingOfEachOther() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".postgres..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.grpc..", ROOT + ".grpc..", ROOT + ".keystore..")
        .check(CLASSES);
    DescribedPredicate<HasName> events =
        nameMatching("org\\.rekey\\.proto\\.(auth\\.|deviceauth\\.v1\\.DeviceEvent).*");
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".postgres..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.rekey.proto..")
                .and(DescribedPredicate.not(events))
                .as("messages other than the events that go into the outbox"))
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAnyPackage(ROOT + ".grpc..", ROOT + ".keystore..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jdbi..", "java.sql..", ROOT + ".postgres..")
        .check(CLASSES);
  }

  @Test
  void timeAndIdsAreGivenByTheServer() {
    noClasses()
        .that()
        .haveNameNotMatching("org\\.rekey\\.deviceauth\\.DeviceauthServer.*")
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(UUID.class, "randomUUID")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }
}
