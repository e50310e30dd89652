package org.rekey.cli;

import picocli.CommandLine.Command;

/// `rekey demo`.
@Command(name = "demo", description = "A narrated tour.", mixinStandardHelpOptions = true)
final class DemoCommand implements Runnable {
  @Override
  public void run() {}
}
