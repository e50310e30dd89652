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
        .resideInAnyPackage("..http..", "..rest..", "..proxy..", "..verdict..", "..forwardauth..")
        .should()
        .dependOnClassesThat()
        .haveSimpleNameEndingWith("BlockingStub")
        .check(CLASSES);
  }

  @Test
  void theEdgeKnowsNothingOfWhatIsServedBehindIt() {
    noClasses()
        .that()
        .resideInAPackage("..http..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..rest..", "..proxy..", "..forwardauth..")
        .check(CLASSES);
  }

  @Test
  void whoGivesVerdictsToOthersNeitherForwardsNorAnswersForServices() {
    noClasses()
        .that()
        .resideInAPackage("..forwardauth..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..rest..", "..proxy..")
        .check(CLASSES);
  }

  @Test
  void onlyTheApiSpeaksOfUsers() {
    noClasses()
        .that()
        .resideOutsideOfPackage("..rest..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.rekey.proto.useradm..")
        .check(CLASSES);
  }

  @Test
  void theApiNeitherJudgesNorForwards() {
    noClasses()
        .that()
        .resideInAPackage("..rest..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..verdict..", "..proxy..", "org.rekey.proto.auth..")
        .check(CLASSES);
  }

  @Test
  void theProxyDoesNotJudge() {
    noClasses()
        .that()
        .resideInAPackage("..proxy..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("..verdict..", "..rest..", "io.grpc..")
        .check(CLASSES);
  }
}
