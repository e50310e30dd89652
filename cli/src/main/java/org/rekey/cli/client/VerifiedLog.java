package org.rekey.cli.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.rekey.cli.CommandFailed;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyLogGrpc;
import org.rekey.proto.keystore.v1.ReadRequest;
import org.rekey.proto.keystore.v1.SignedKeyEvent;
import org.rekey.verifier.log.ChainCursor;
import org.rekey.verifier.log.LogKey;
import org.rekey.verifier.map.KidMap;

/// The key log from its first event on, with chain and signatures checked as a verifier does, and
/// the kid maps that follow from it.
///
/// @param maps the map after each event: `maps.get(n)` is that of epoch `n`
/// @param violations what no verifier obeys, by epoch; empty in a sound log
public record VerifiedLog(List<KeyEvent> events, List<KidMap> maps, List<String> violations) {
  public VerifiedLog {
    events = List.copyOf(events);
    maps = List.copyOf(maps);
    violations = List.copyOf(violations);
  }

  public KidMap head() {
    return maps.getLast();
  }

  /// The map that a verifier holds which has applied the log up to an epoch.
  public KidMap at(long epoch) {
    return maps.get((int) Math.min(epoch, events.size()));
  }

  static VerifiedLog read(KeyLogGrpc.KeyLogBlockingStub log, Path trustedKey) {
    ChainCursor cursor = ChainCursor.atGenesis(List.of(logKey(trustedKey)));
    List<KeyEvent> events = new ArrayList<>();
    List<KidMap> maps = new ArrayList<>(List.of(KidMap.empty()));
    List<String> violations = new ArrayList<>();
    Iterator<SignedKeyEvent> records = log.read(ReadRequest.getDefaultInstance());
    while (records.hasNext()) {
      KeyEvent event =
          switch (cursor.accept(records.next())) {
            case ChainCursor.Next next -> next.event();
            case ChainCursor.Duplicate(long epoch) -> throw broken(epoch, "it came twice");
            case ChainCursor.Forged(String reason) -> throw broken(cursor.epoch() + 1, reason);
            case ChainCursor.Fork(long epoch, String reason) -> throw broken(epoch, reason);
            case ChainCursor.Gap(long expected, long got) ->
                throw broken(expected, "missing (the next one is " + got + ")");
          };
      events.add(event);
      switch (maps.getLast().apply(event)) {
        case KidMap.Applied(KidMap map) -> maps.add(map);
        case KidMap.Violation(KidMap map, String text) -> {
          maps.add(map);
          violations.add("event " + event.getEpoch() + ": " + text);
        }
      }
    }
    return new VerifiedLog(events, maps, violations);
  }

  private static CommandFailed broken(long epoch, String why) {
    return new CommandFailed(
        "key log: event %d cannot be trusted: %s (nothing after it was read)"
            .formatted(epoch, why));
  }

  private static LogKey logKey(Path file) {
    try {
      return LogKey.fromPem(Files.readString(file));
    } catch (IOException e) {
      throw new CommandFailed(file + ": the log's public key cannot be read", e);
    }
  }
}
