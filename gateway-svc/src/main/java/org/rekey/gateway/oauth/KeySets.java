package org.rekey.gateway.oauth;

import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.rpc.UnaryCalls;
import org.rekey.proto.auth.v1.ListVerificationKeysRequest;
import org.rekey.proto.auth.v1.ListVerificationKeysResponse;
import org.rekey.proto.auth.v1.VerificationKeysGrpc;

/// One issuer's key set, for one event loop. What was answered is remembered for a second, so that
/// a crowd costs one question; beyond that it is asked or not had, and never an older one.
///
/// Not thread-safe: everything happens on the event loop.
public final class KeySets {
  private static final Duration REMEMBERED = Duration.ofSeconds(1);

  private record Waiting(Consumer<KeySet> then, Consumer<Status> failed) {}

  private final UnaryCalls issuer;
  private final LongSupplier nanos;
  private final List<Waiting> waiting = new ArrayList<>();
  private @Nullable KeySet last;
  private long askedAt;

  public KeySets(UnaryCalls issuer) {
    this(issuer, System::nanoTime);
  }

  KeySets(UnaryCalls issuer, LongSupplier nanos) {
    this.issuer = issuer;
    this.nanos = nanos;
  }

  /// @param failed when the set cannot be had
  public void ask(Consumer<KeySet> then, Consumer<Status> failed) {
    KeySet known = last;
    if (known != null && nanos.getAsLong() - askedAt < REMEMBERED.toNanos()) {
      then.accept(known);
      return;
    }
    waiting.add(new Waiting(then, failed));
    if (waiting.size() == 1) {
      long now = nanos.getAsLong();
      issuer.ask(
          VerificationKeysGrpc.getListKeysMethod(),
          ListVerificationKeysRequest.getDefaultInstance(),
          answer -> answered(answer, now),
          status -> release().forEach(one -> one.failed().accept(status)));
    }
  }

  private void answered(ListVerificationKeysResponse answer, long asked) {
    KeySet keys = KeySet.of(answer);
    last = keys;
    askedAt = asked;
    release().forEach(one -> one.then().accept(keys));
  }

  private List<Waiting> release() {
    List<Waiting> released = List.copyOf(waiting);
    waiting.clear();
    return released;
  }
}
