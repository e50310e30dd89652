package org.rekey.verifier.follow;

import java.time.Duration;
import java.util.List;
import org.rekey.proto.keystore.v1.KeyUsage;
import org.rekey.proto.keystore.v1.KidVerdicts;

/// What a verifier knows of the keys beyond the log, for its reports. Asked on a virtual thread.
public interface KeyBooks {
  /// Of a verifier that issues nothing and does not count what it accepts.
  static KeyBooks none() {
    return new KeyBooks() {
      @Override
      public Counted counted(boolean anew) {
        return Counted.NEVER;
      }

      @Override
      public List<KidVerdicts> verdicts() {
        return List.of();
      }
    };
  }

  /// What hangs on each kid. Throws rather than say that nothing does when nobody can count: a key
  /// would be retired under live tokens.
  ///
  /// @param anew somebody waits for a count that begins now
  Counted counted(boolean anew);

  /// How many tokens of each kid were accepted since the start.
  List<KidVerdicts> verdicts();

  /// @param age how long ago the count began; negative if there was none
  record Counted(List<KeyUsage> usage, Duration age) {
    public static final Counted NEVER = new Counted(List.of(), Duration.ofNanos(-1));

    public Counted {
      usage = List.copyOf(usage);
    }
  }
}
