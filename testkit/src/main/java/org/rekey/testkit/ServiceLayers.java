package org.rekey.testkit;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Who may know what in an issuer: its root package is the domain, `grpc`, `keystore` and
/// `postgres` below it are adapters. Each rule throws an [AssertionError] that names who breaks it.
public final class ServiceLayers {
  private final String root;
  private final String own;
  private final JavaClasses classes;

  /// @param root the service's root package
  /// @param prefix how the names of those classes begin that put the service together
  public ServiceLayers(String root, String prefix) {
    this.root = root;
    this.own = Pattern.quote(root + "." + prefix);
    this.classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(root);
  }

  /// @param parts packages below the root that belong to the domain too
  public void theDomainKnowsNoWireAndNoSql(String... parts) {
    noClasses()
        .that()
        .resideInAnyPackage(
            Stream.concat(Stream.of(root), Stream.of(parts).map(part -> root + "." + part))
                .toArray(String[]::new))
        .and()
        .haveNameNotMatching(own + ".*")
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
                    root + ".grpc..",
                    root + ".keystore..",
                    root + ".postgres..")
                .and(resideOutsideOfPackage("org.rekey.runtime.limit.."))
                .as("the wire, SQL or the chassis, but for its counting"))
        .check(classes);
  }

  /// @param events a regular expression for the messages that go into the outbox
  public void adaptersKnowNothingOfEachOther(String events) {
    noClasses()
        .that()
        .resideInAPackage(root + ".postgres..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.grpc..", root + ".grpc..", root + ".keystore..")
        .check(classes);
    noClasses()
        .that()
        .resideInAPackage(root + ".postgres..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.rekey.proto..")
                .and(DescribedPredicate.not(nameMatching(events)))
                .as("messages other than the events that go into the outbox"))
        .check(classes);
    noClasses()
        .that()
        .resideInAnyPackage(root + ".grpc..", root + ".keystore..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jdbi..", "java.sql..", root + ".postgres..")
        .check(classes);
  }

  public void timeAndIdsAreGivenByTheServer() {
    noClasses()
        .that()
        .haveNameNotMatching(own + "Server.*")
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(UUID.class, "randomUUID")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(classes);
  }
}
