package org.rekey.runtime.server;

import java.io.IOException;
import java.security.Security;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.rekey.runtime.config.SettingsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/// The main of every service: settings from the environment, start, serve until SIGTERM, stop in
/// order. Exit codes: 0 stopped, 1 could not start, 78 (EX_CONFIG) unusable settings.
public final class ServiceMain {
  /// When `true`, the process also stops when its standard input ends: so no service outlives the
  /// process that started it, whatever became of that one.
  public static final String STOP_WITH_STDIN = "REKEY_STOP_WITH_STDIN";

  private static final int EX_CONFIG = 78;

  private ServiceMain() {}

  /// Does not return.
  public static void run(
      String name, Function<Map<String, String>, ? extends AutoCloseable> start) {
    // Left to itself, it looks for log4j first, and may start one beside what all others log to.
    System.setProperty("org.jboss.logging.provider", "slf4j");
    forgetAddressesSoon();
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    Logger log = LoggerFactory.getLogger(ServiceMain.class);
    Map<String, String> environment = System.getenv();
    AutoCloseable service;
    try {
      service = start.apply(environment);
    } catch (SettingsException e) {
      e.problems().forEach(problem -> log.atError().addKeyValue("service", name).log(problem));
      exit(EX_CONFIG);
      return;
    } catch (RuntimeException e) {
      log.atError().setCause(e).addKeyValue("service", name).log("the service could not start");
      exit(1);
      return;
    }
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    service.close();
                  } catch (Exception e) {
                    log.atWarn().setCause(e).log("the service did not stop cleanly");
                  } finally {
                    stopped.countDown();
                  }
                },
                "shutdown"));
    if (Boolean.parseBoolean(environment.get(STOP_WITH_STDIN))) {
      Thread.ofVirtual().name("stdin").start(ServiceMain::exitAtEndOfInput);
    }
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// A replica that is exchanged may come back with another address, and while it is away its name
  /// has none. Java would remember the one for 30 seconds and the other for 10: long enough for the
  /// next replica to be taken away before this one is found again.
  private static void forgetAddressesSoon() {
    Security.setProperty("networkaddress.cache.ttl", "1");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
  }

  private static void exitAtEndOfInput() {
    try {
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
    } catch (IOException e) {
      // The end of input in another guise.
    }
    exit(0);
  }

  private static void exit(int code) {
    System.exit(code);
  }
}
