package org.rekey.keystore.files;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells at once that something in a directory has changed. Only a hint: the rescan is what counts,
/// so nothing is lost where the kernel gives no events (network file systems) or gives too many.
public final class DirectoryWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryWatch.class);

  private final WatchService service;
  private final Runnable onChange;
  private final Map<Path, WatchKey> keys = new HashMap<>();
  private final Thread thread;

  public DirectoryWatch(Runnable onChange) {
    try {
      this.service = FileSystems.getDefault().newWatchService();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.onChange = onChange;
    this.thread = Thread.ofPlatform().name("key-directories").daemon().start(this::run);
  }

  /// Watches the directories. To be repeated: a watch follows its directory when that is renamed,
  /// and the one that took its name has to be watched anew. Repeating costs next to nothing.
  public synchronized void watch(Collection<Path> directories) {
    for (Path directory : directories) {
      try {
        var key = directory.register(service, ENTRY_CREATE, ENTRY_DELETE, ENTRY_MODIFY);
        var before = keys.put(directory, key);
        if (before != null && !before.equals(key)) {
          before.cancel();
        }
      } catch (IOException e) {
        LOG.atDebug()
            .addKeyValue("directory", directory)
            .addKeyValue("error", e.getClass().getSimpleName())
            .log("A directory cannot be watched");
      }
    }
  }

  private void run() {
    try {
      while (true) {
        var key = service.take();
        key.pollEvents();
        key.reset();
        onChange.run();
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      // The end.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      service.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
