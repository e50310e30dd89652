package org.rekey.deploy;

import java.nio.file.Path;

/// Where the project's files are.
final class Project {
  private Project() {}

  static Path file(String path) {
    return Path.of(System.getProperty("rekey.root", "../..")).resolve(path).normalize();
  }
}
