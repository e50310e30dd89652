package org.rekey.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

class VersionsTest {
  /// Of the project itself.
  private static final List<String> OWN = List.of("project", "parent");

  @Test
  void everyVersionStandsInTheRootPom() throws Exception {
    List<String> found = new ArrayList<>();
    for (Path pom : poms()) {
      NodeList versions =
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .parse(pom.toFile())
              .getElementsByTagName("version");
      for (int i = 0; i < versions.getLength(); i++) {
        Element version = (Element) versions.item(i);
        Node owner = version.getParentNode();
        if (!OWN.contains(owner.getNodeName()) && !version.getTextContent().startsWith("${")) {
          found.add(
              "%s: %s in a %s (expected: without a version here, managed in the root pom.xml)"
                  .formatted(pom, version.getTextContent(), owner.getNodeName()));
        }
      }
    }

    assertThat(found).isEmpty();
  }

  private static List<Path> poms() throws IOException {
    try (Stream<Path> files =
        Files.find(
            Project.file("."),
            3,
            (file, _) -> file.endsWith("pom.xml") && !file.toString().contains("target"))) {
      return files.filter(pom -> !pom.equals(Project.file("pom.xml"))).sorted().toList();
    }
  }
}
