package org.rekey.keystore;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a person should look into: `rekey.keystore.alarms{kind}` and one line in the log.
public final class Alarms {
  private static final Logger LOG = LoggerFactory.getLogger(Alarms.class);

  /// The kinds, each with the sentence that the log has for it.
  public enum Kind {
    SIGN_DENIED("Refused to sign claims that do not belong to their caller"),
    ID_TAKEN("A key file came with a key id that means another key"),
    DIRECTORY_LOST("A key directory cannot be read; its keys stay as they are"),
    SIGNING_KEY_REMOVED("The file of the key that signs was removed"),
    HELD_KEY_REMOVED("The file of a held key was removed"),
    ROTATION_FAILED("A key ring cannot rotate by itself"),
    NO_SIGNING_KEY("A key ring has no key that can sign"),
    VERIFIER_DIVERGED("A verifier holds another key set than its epoch says"),
    VERIFIER_AHEAD("A verifier has followed another key log"),
    LOG_ROLLED_BACK("The key log is an older copy; nothing is signed or appended");

    private final String sentence;

    Kind(String sentence) {
      this.sentence = sentence;
    }
  }

  private final Map<Kind, Counter> counters = new EnumMap<>(Kind.class);

  public Alarms(MeterRegistry meters) {
    for (Kind kind : Kind.values()) {
      counters.put(
          kind,
          Counter.builder("rekey.keystore.alarms")
              .description("What a person should look into")
              .tag("kind", kind.name().toLowerCase(Locale.ROOT).replace('_', '-'))
              .register(meters));
    }
  }

  /// @param subject a ring, a caller or a verifier
  /// @param detail never a secret
  public void raise(Kind kind, String subject, String detail) {
    Objects.requireNonNull(counters.get(kind)).increment();
    LOG.atError()
        .addKeyValue("alarm", kind)
        .addKeyValue("subject", subject)
        .addKeyValue("detail", detail)
        .log(kind.sentence);
  }
}
