package org.rekey.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class LayersTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.rekey.gateway");

  @Test
  void routesKnowNoWire() {
    noClasses()
        .that()
        .resideInAPackage("..route..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.vertx..", "io.grpc..", "org.rekey.proto..")
        .check(CLASSES);
  }

  @Test
  void nobodyBlocksAnEventLoopOnAStub() {
    noClasses()
        .that()
        .resideInAnyPackage("..http..", "..proxy..", "..verdict..")
        .should()
        .dependOnClassesThat()
        .haveSimpleNameEndingWith("BlockingStub")
        .check(CLASSES);
  }

  @Test
  void theProxyDoesNotJudge() {
    noClasses()
        .that()
        .resideInAPackage("..proxy..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..verdict..", "io.grpc..")
        .check(CLASSES);
  }
}
