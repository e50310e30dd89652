package org.rekey.keystore;

import java.util.Map;
import java.util.Objects;
import org.rekey.keystore.log.Author;

/// Carries out what operators order. A command either is an event in the log when it returns, or
/// has changed nothing but, at most, put a new file into the directory or an order into the table.
public final class KeyCommands {
  private final Map<String, RingWatch.Ring> rings;
  private final KeyGeneration generation;
  private final KeyActivation activation;
  private final KeyRetirement retirement;
  private final KeyHolds holds;
  private final RingWatch watch;

  KeyCommands(
      Map<String, RingWatch.Ring> rings,
      KeyGeneration generation,
      KeyActivation activation,
      KeyRetirement retirement,
      KeyHolds holds,
      RingWatch watch) {
    this.rings = Map.copyOf(rings);
    this.generation = generation;
    this.activation = activation;
    this.retirement = retirement;
    this.holds = holds;
    this.watch = watch;
  }

  public CommandOutcome run(KeyCommand command, Author author) throws InterruptedException {
    var outcome =
        switch (command) {
          case KeyCommand.Generate generate ->
              generation.generate(
                  ring(generate.ring()).keeper(), generate.kid(), generate.type(), author);
          case KeyCommand.Activate activate ->
              activation.activate(
                  ring(activate.ring()),
                  activate.kid(),
                  activate.patience(),
                  activate.override(),
                  author);
          case KeyCommand.Retire retire -> retirement.retire(retire, author);
          case KeyCommand.CancelRetirement cancel -> retirement.cancel(cancel);
          case KeyCommand.Hold hold -> holds.hold(hold, author);
          case KeyCommand.Release release -> holds.release(release, author);
        };
    // The directory is judged anew: a retired key's file is a finding.
    watch.wake();
    return outcome;
  }

  private RingWatch.Ring ring(String name) {
    return Objects.requireNonNull(rings.get(name), name);
  }
}
