package org.rekey.useradm;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.useradm.TakeoverStore.Entry;
import org.rekey.useradm.TakeoverStore.TokenEntry;
import org.rekey.useradm.TakeoverStore.UserEntry;

/// Takes over users and tokens of another system, so that what it has issued goes on being good.
/// Doing it again changes nothing, and brings no token back that was ended here.
public final class Takeover {
  private static final String ID_RULE = "must be 1 to 128 printable ASCII characters, no spaces";

  private final TakeoverStore store;
  private final InstantSource clock;

  public Takeover(TakeoverStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /// @return what became of each record, in their order
  public List<Result> take(List<Candidate> candidates) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    List<Judged> judged = candidates.stream().map(candidate -> judge(candidate, now)).toList();
    List<Entry> entries = new ArrayList<>();
    for (Judged one : judged) {
      if (one instanceof Enterable enterable) {
        entries.add(enterable.entry());
      }
    }
    var outcomes = store.enter(entries).iterator();
    return judged.stream()
        .map(
            one ->
                switch (one) {
                  case Result result -> result;
                  case Enterable _ -> result(outcomes.next());
                })
        .toList();
  }

  private static Judged judge(Candidate candidate, Instant now) {
    return switch (candidate) {
      case Unreadable unreadable -> new Refused(unreadable.problem());
      case UserRecord user -> judge(user, now);
      case TokenRecord token -> judge(token, now);
    };
  }

  private static Judged judge(UserRecord user, Instant now) {
    FieldProblems problems = new FieldProblems();
    checkId(problems, "id", user.id());
    problems.add("email", Email.problemOf(user.email()));
    problems.add("password_hash", BcryptForm.problemOf(user.passwordHash()));
    Optional<String> problem = problems.line();
    if (problem.isPresent()) {
      return new Refused(problem.get());
    }
    Instant created = millis(user.createdAt(), now);
    return new Enterable(
        new UserEntry(
            new User(
                user.id(),
                Email.of(user.email()).orElseThrow(),
                created,
                millis(user.updatedAt(), created),
                user.loginAt()),
            user.passwordHash()));
  }

  private static Judged judge(TokenRecord token, Instant now) {
    FieldProblems problems = new FieldProblems();
    checkId(problems, "id", token.id());
    checkId(problems, "user_id", token.userId());
    if (!token.name().isEmpty()) {
      problems.add("name", TokenNames.problemOf(token.name()));
    }
    if (token.kid() != null && token.kid() < 0) {
      problems.add("kid", "must be no greater than 9223372036854775807");
    }
    Optional<String> problem = problems.line();
    if (problem.isPresent()) {
      return new Refused(problem.get());
    }
    if (token.expiresAt() != null && !token.expiresAt().isAfter(now)) {
      return new Expired();
    }
    return new Enterable(
        new TokenEntry(
            token.id(),
            token.userId(),
            token.name().isEmpty() ? null : token.name(),
            token.kid(),
            millis(token.issuedAt(), now),
            token.expiresAt(),
            token.lastUsedAt()));
  }

  private static void checkId(FieldProblems problems, String field, String id) {
    if (!Ids.isPossible(id)) {
      problems.add(field, ID_RULE);
    }
  }

  private static Instant millis(@Nullable Instant given, Instant otherwise) {
    return given == null ? otherwise : given.truncatedTo(ChronoUnit.MILLIS);
  }

  private static Result result(TakeoverStore.Outcome outcome) {
    return switch (outcome) {
      case TAKEN -> new Taken();
      case ALREADY_HERE -> new AlreadyHere();
      case EMAIL_TAKEN -> new Refused("email: another user has it.");
      case NAME_TAKEN -> new Refused("name: another token of the user has it.");
      case NO_SUCH_USER -> new Refused("user_id: no such user.");
      case ANOTHERS_TOKEN -> new Refused("id: a token of another user has it.");
      case ENDED -> new Refused("id: the token was taken over before and ended here.");
    };
  }

  /// One record as it came.
  public sealed interface Candidate {}

  /// Absent times: now. The hash is a secret.
  public record UserRecord(
      String id,
      String email,
      String passwordHash,
      @Nullable Instant createdAt,
      @Nullable Instant updatedAt,
      @Nullable Instant loginAt)
      implements Candidate {
    @Override
    public String toString() {
      return "UserRecord[id=" + id + "]";
    }
  }

  /// @param name empty: a session
  /// @param issuedAt null: now
  /// @param expiresAt null: never
  /// @param kid null: not known
  public record TokenRecord(
      String id,
      String userId,
      String name,
      @Nullable Instant issuedAt,
      @Nullable Instant expiresAt,
      @Nullable Instant lastUsedAt,
      @Nullable Long kid)
      implements Candidate {}

  /// @param problem why it cannot even be looked at
  public record Unreadable(String problem) implements Candidate {}

  /// A record as it was looked at: what is to be entered, or what became of it already.
  sealed interface Judged permits Enterable, Result {}

  record Enterable(Entry entry) implements Judged {}

  /// What became of a record.
  public sealed interface Result extends Judged {}

  public record Taken() implements Result {}

  public record AlreadyHere() implements Result {}

  /// There is nothing to take.
  public record Expired() implements Result {}

  /// @param problem names the field and the rule, never a secret
  public record Refused(String problem) implements Result {}
}
