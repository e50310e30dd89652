package org.rekey.cli;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.ActivateKeyResponse;
import org.rekey.proto.keystore.v1.GetReadinessRequest;
import org.rekey.proto.keystore.v1.GetReadinessResponse;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.ListKeysRequest;

/// Waits until every live verifier has acked a key, showing who has, and then lets it sign. A
/// keystore that is away for a while, as when it is restarted, is waited for as well.
///
/// The waiting is done here and not in the keystore: whoever is told to stop has changed nothing,
/// and nothing goes on behind his back.
///
/// @param isQuiet shows nothing
/// @param again how to go on after a failure, as it is typed
record Activation(
    Operator operator, Console console, InstantSource clock, boolean isQuiet, String again) {
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  /// A keystore writes down once a second what it has heard of verifiers, and reads what others
  /// have.
  private static final Duration DISAGREEMENT = Duration.ofSeconds(5);

  private static final ReadinessView NOTHING =
      new ReadinessView(GetReadinessResponse.getDefaultInstance());

  /// @param isOverride after the wait, go on without those that have not acked
  /// @throws CommandFailed when somebody has not acked it in time; names them
  ActivateKeyResponse run(KeyId key, Duration wait, boolean isOverride, String reason) {
    ActivateKeyRequest request = request(key, reason);
    return canBeWaitedFor(key)
        ? await(key, wait, isOverride, request, false)
        : operator.keys().activateKey(request);
  }

  private static ActivateKeyRequest request(KeyId key, String reason) {
    return ActivateKeyRequest.newBuilder()
        .setRing(key.ring())
        .setKid(key.kid())
        .setReason(reason)
        .setWait(com.google.protobuf.Duration.getDefaultInstance())
        .build();
  }

  private ActivateKeyResponse await(
      KeyId key, Duration wait, boolean isOverride, ActivateKeyRequest request, boolean isNew) {
    Optional<LiveView> view = isQuiet ? Optional.empty() : LiveView.on(console, false);
    AtomicBoolean isDecided = new AtomicBoolean();
    try (Interruption _ = Interruption.by(() -> interrupted(view, key, isDecided))) {
      return await(key, wait, isOverride, request, isNew, view, isDecided);
    } finally {
      view.ifPresent(LiveView::close);
    }
  }

  /// As [#run], for a key that was just made: a failure says what stands. Of several keystores,
  /// the one that is asked now may not have heard yet of the key that another one made.
  ///
  /// @param before who signs meanwhile
  ActivateKeyResponse ofNew(KeyId made, Optional<Key> before, Duration wait, String reason) {
    try {
      return await(made, wait, false, request(made, reason), true);
    } catch (CommandFailed e) {
      throw new CommandFailed(standing(made, before) + e.getMessage(), e);
    } catch (StatusRuntimeException e) {
      throw new CommandFailed(
          standing(made, before) + Rekey.text(e.getStatus()) + "\nTo go on:\n  " + again, e);
    }
  }

  private static String standing(KeyId made, Optional<Key> before) {
    return made
        + " stands announced"
        + before.map(key -> ", and " + Keys.id(key) + " goes on signing").orElse("")
        + ".\n";
  }

  private ActivateKeyResponse await(
      KeyId key,
      Duration wait,
      boolean isOverride,
      ActivateKeyRequest request,
      boolean isNew,
      Optional<LiveView> view,
      AtomicBoolean isDecided) {
    long started = System.nanoTime();
    ReadinessView shown = NOTHING;
    boolean isAway = false;
    while (true) {
      Duration left = wait.minusNanos(System.nanoTime() - started);
      boolean isOver = left.isNegative() || left.isZero();
      ReadinessView readiness;
      try {
        readiness = readiness(key);
      } catch (StatusRuntimeException e) {
        if (isOver || !(isAway(e) || (isNew && isUnknown(e)))) {
          throw e;
        }
        showAway(view, e, isAway, left);
        isAway = true;
        pause();
        continue;
      }
      isAway = false;
      show(view, key, readiness, shown, isOver ? Duration.ZERO : left);
      shown = readiness;
      if (readiness.isComplete() || isOver) {
        try {
          isDecided.set(true);
          return operator
              .keys()
              .activateKey(
                  request.toBuilder().setOverride(isOverride && !readiness.isComplete()).build());
        } catch (StatusRuntimeException e) {
          if (!isOver && isAway(e)) {
            // It may have been decided: asked again, the keystore says that it is done.
            continue;
          }
          isDecided.set(false);
          boolean isFinal = isOver || System.nanoTime() - started > DISAGREEMENT.toNanos();
          shown = missing(e, key, isFinal);
          if (isOver) {
            throw new CommandFailed(shown.refusal(key, wait, now(), again), e);
          }
        }
      }
      pause();
    }
  }

  private static boolean isUnknown(StatusRuntimeException e) {
    return e.getStatus().getCode() == Status.Code.NOT_FOUND;
  }

  private static boolean isAway(StatusRuntimeException e) {
    return e.getStatus().getCode() == Status.Code.UNAVAILABLE;
  }

  private void showAway(
      Optional<LiveView> view, StatusRuntimeException e, boolean isKnown, Duration left) {
    if (isQuiet) {
      return;
    }
    String line = Plain.line(Rekey.text(e.getStatus()));
    if (view.isPresent()) {
      view.get().show(List.of(line, "  waiting for at most " + Times.span(left)));
    } else if (!isKnown) {
      console.line("  " + line);
    }
  }

  private boolean canBeWaitedFor(KeyId key) {
    return operator
        .keys()
        .listKeys(ListKeysRequest.newBuilder().setRing(key.ring()).build())
        .getKeysList()
        .stream()
        .filter(each -> each.getKid() == key.kid())
        .map(Key::getState)
        .anyMatch(
            state ->
                switch (state) {
                  case KEY_STATE_ANNOUNCED, KEY_STATE_VERIFY_ONLY -> true;
                  case KEY_STATE_ACTIVE,
                      KEY_STATE_RETIRED,
                      KEY_STATE_COMPROMISED,
                      KEY_STATE_UNSPECIFIED,
                      UNRECOGNIZED ->
                      false;
                });
  }

  private ReadinessView readiness(KeyId key) {
    return new ReadinessView(
        operator
            .keys()
            .getReadiness(
                GetReadinessRequest.newBuilder().setRing(key.ring()).setKid(key.kid()).build()));
  }

  /// After a refusal: who is missing now, if that was why.
  /// @param isFinal whether several keystores have had time to agree on what each has heard
  private ReadinessView missing(StatusRuntimeException refusal, KeyId key, boolean isFinal) {
    if (refusal.getStatus().getCode() != Status.Code.FAILED_PRECONDITION) {
      throw refusal;
    }
    ReadinessView readiness = readiness(key);
    if (readiness.isComplete() && isFinal) {
      throw refusal;
    }
    return readiness;
  }

  private void show(
      Optional<LiveView> view,
      KeyId key,
      ReadinessView readiness,
      ReadinessView before,
      Duration left) {
    if (isQuiet) {
      return;
    }
    if (view.isPresent()) {
      view.get().show(readiness.lines(console, key, now(), left));
    } else {
      readiness.changes(before, now()).forEach(line -> console.line("  " + line));
    }
  }

  private void interrupted(Optional<LiveView> view, KeyId key, AtomicBoolean isDecided) {
    view.ifPresent(LiveView::close);
    console
        .err()
        .println(
            isDecided.get()
                ? "stopped while the keystore was deciding: `rekey keys list` says whether %s signs"
                    .formatted(key)
                : "stopped: nothing was changed, %s does not sign. To go on:%n  %s"
                    .formatted(key, again));
    console.err().flush();
  }

  private Instant now() {
    return clock.instant();
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted", e);
    }
  }
}
