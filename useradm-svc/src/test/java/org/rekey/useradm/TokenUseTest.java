package org.rekey.useradm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rekey.testkit.MutableClock;
import org.rekey.verifier.serve.LiveToken.Kind;
import org.rekey.verifier.serve.Verdict;

class TokenUseTest {
  private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
  private static final Duration PAUSE = Duration.ofMinutes(5);

  private final MutableClock clock = new MutableClock(START);
  private final Notes notes = new Notes();
  private final UnknownKids unknown = new UnknownKids();
  private final TokenUse use = new TokenUse(notes, unknown, PAUSE, clock);

  @AfterEach
  void close() {
    use.close();
  }

  @Test
  void notesTheNewestUseOfPersonalAccessTokens() {
    use.accept(personal("p1"));
    clock.advance(Duration.ofSeconds(2));
    use.accept(personal("p1"));
    use.accept(personal("p2"));
    use.accept(session("s1"));
    assertThat(notes.uses).isEmpty();
    use.flush();
    assertThat(notes.uses)
        .isEqualTo(Map.of("p1", START.plusSeconds(2), "p2", START.plusSeconds(2)));
  }

  @Test
  void writesOneTokenNoOftenerThanAskedTo() {
    use.accept(personal("p1"));
    use.flush();
    assertThat(notes.writes).isEqualTo(1);
    for (int i = 0; i < 9; i++) {
      clock.advance(Duration.ofSeconds(30));
      use.accept(personal("p1"));
      use.flush();
    }
    assertThat(notes.writes).isEqualTo(1);
    clock.advance(Duration.ofSeconds(30));
    use.flush();
    assertThat(notes.writes).isEqualTo(2);
    assertThat(notes.uses).isEqualTo(Map.of("p1", START.plusSeconds(270)));
  }

  @Test
  void writesWhatIsDueWhenItIsClosed() {
    use.accept(personal("p1"));
    use.close();
    assertThat(notes.uses).containsOnlyKeys("p1");
  }

  @Test
  void triesAgainWhatCouldNotBeWritten() {
    unknown.add("s1");
    use.accept(personal("p1"));
    use.accept(session("s1"));
    notes.away = true;
    assertThat(catchThrowable(use::flush)).isNotNull();
    notes.away = false;
    use.flush();
    assertThat(notes.uses).containsOnlyKeys("p1");
    assertThat(notes.kids).isEqualTo(Map.of("s1", 7L));
  }

  @Test
  void notesNoUsesWhenToldNotTo() {
    try (TokenUse never = new TokenUse(notes, unknown, Duration.ZERO, clock)) {
      unknown.add("p1");
      never.accept(personal("p1"));
      never.flush();
    }
    assertThat(notes.uses).isEmpty();
    assertThat(notes.kids).isEqualTo(Map.of("p1", 7L));
  }

  @Test
  void learnsTheKidsOfThoseTokensOnlyOfWhichTheyAreNotKnown() {
    unknown.add("s1");
    use.accept(session("s1"));
    use.accept(session("s1"));
    use.accept(session("s2"));
    use.flush();
    use.accept(session("s1"));
    use.flush();
    assertThat(notes.kids).isEqualTo(Map.of("s1", 7L));
    assertThat(notes.writes).isEqualTo(1);
  }

  @Test
  void remembersNoMoreThanItMay() {
    try (TokenUse small = new TokenUse(notes, unknown, PAUSE, 10, clock)) {
      for (int i = 0; i < 100; i++) {
        small.accept(personal("p" + i));
      }
      small.flush();
      assertThat(notes.uses).hasSize(10);
      clock.advance(PAUSE);
      small.flush();
      small.accept(personal("another"));
      small.flush();
      assertThat(notes.uses).containsKey("another");
    }
  }

  @Test
  void writesInBatches() {
    for (int i = 0; i < 2500; i++) {
      use.accept(personal("p" + i));
    }
    use.flush();
    assertThat(notes.uses).hasSize(2500);
    assertThat(notes.writes).isEqualTo(3);
  }

  @Test
  void losesNoTokenWhenManyTellAtOnce() {
    try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 2000; i++) {
        Verdict.Accepted accepted = personal("p" + i % 50);
        var _ = callers.submit(() -> use.accept(accepted));
      }
    }
    use.flush();
    assertThat(notes.uses).hasSize(50);
  }

  private static Verdict.Accepted personal(String id) {
    return new Verdict.Accepted("ann", id, 7, Kind.PERSONAL_ACCESS_TOKEN, null, null);
  }

  private static Verdict.Accepted session(String id) {
    return new Verdict.Accepted("ann", id, 7, Kind.USER_SESSION, null, null);
  }

  private static final class Notes implements TokenNotes {
    private final Map<String, Instant> uses = new TreeMap<>();
    private final Map<String, Long> kids = new HashMap<>();
    private int writes;
    private boolean away;

    @Override
    public void noteUses(Map<String, Instant> batch, Duration atMostEvery) {
      write();
      uses.putAll(batch);
    }

    @Override
    public void noteKids(Map<String, Long> batch) {
      write();
      kids.putAll(batch);
    }

    private void write() {
      if (away) {
        throw new IllegalStateException("away");
      }
      writes++;
    }
  }
}
