package org.rekey.cli.local;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;

/// The broker's process: Kafka's own main, after the storage was formatted if it is new, and with
/// an end when standard input ends, so that no broker outlives the process that started it.
public final class KafkaMain {
  private KafkaMain() {}

  public static void main(String[] args) throws IOException {
    Path settings = Path.of(args[0]);
    Thread.ofPlatform().daemon().name("stdin").start(KafkaMain::exitAtEndOfInput);
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(settings)) {
      properties.load(in);
    }
    if (!Files.exists(Path.of(properties.getProperty("log.dirs"), "meta.properties"))) {
      String[] format = {"format", "-t", Uuid.randomUuid().toString(), "-c", settings.toString()};
      int code = StorageTool.execute(format, System.out);
      if (code != 0) {
        System.exit(code);
      }
    }
    kafka.Kafka.main(new String[] {settings.toString()});
  }

  private static void exitAtEndOfInput() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // The end of input in another guise.
    }
    System.exit(0);
  }
}
