package org.rekey.pkcs11;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

class NativeCodeTest {
  @Test
  void isCalledByOneClass() {
    noClasses()
        .that()
        .doNotHaveSimpleName("Cryptoki")
        .and()
        .doNotHaveSimpleName("Attribute")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.lang.foreign..")
        .check(
            new ClassFileImporter()
                .withImportOption(location -> !location.contains("test-classes"))
                .importPackages("org.rekey.pkcs11"));
  }
}
