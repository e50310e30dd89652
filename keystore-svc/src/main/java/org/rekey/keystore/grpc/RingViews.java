package org.rekey.keystore.grpc;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Objects;
import org.rekey.keystore.KeyRetirement;
import org.rekey.keystore.RingWatch;
import org.rekey.keystore.UsageCounts;
import org.rekey.keystore.files.Finding;
import org.rekey.keystore.log.KeyHistory;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.Ring;
import org.rekey.verifier.map.KnownKey;

/// Rings and keys as operators see them: the log's word, and what the directory has to it.
final class RingViews {
  private final List<RingWatch.Ring> rings;
  private final KeyHistory history;
  private final UsageCounts counts;
  private final KeyRetirement retirement;

  RingViews(
      List<RingWatch.Ring> rings,
      KeyHistory history,
      UsageCounts counts,
      KeyRetirement retirement) {
    this.counts = counts;
    this.retirement = retirement;
    this.rings = List.copyOf(rings);
    this.history = history;
  }

  /// @param name empty for all
  List<RingWatch.Ring> named(String name) {
    return rings.stream()
        .filter(ring -> name.isEmpty() || ring.keeper().ring().name().equals(name))
        .toList();
  }

  Ring ring(RingWatch.Ring view) {
    var ring = view.keeper().ring();
    var message =
        Ring.newBuilder()
            .setName(ring.name())
            .setDirectory(ring.directory().toString())
            .setIssuer(ring.issuer())
            .setPurpose(ring.purpose().toProto())
            .addAllNotes(view.configured().notes());
    view.keeper().signing().ifPresent(file -> message.setActiveKid(file.kid()));
    if (view.keeper().present().contains(ring.configuredKid())) {
      message.setConfiguredKid(ring.configuredKid());
    }
    message.setRetireWhenSafe(ring.retireWhenSafe());
    ring.rotation()
        .ifPresent(
            rules -> {
              message.setRotateAfter(Wire.duration(rules.after()));
              history
                  .map()
                  .active(ring.name())
                  .filter(key -> key.activatedAt() != null)
                  .ifPresent(
                      key ->
                          message.setRotatesAt(
                              Wire.timestamp(
                                  rules.dueAt(key, Objects.requireNonNull(key.activatedAt())))));
            });
    return message.build();
  }

  List<Key> keys(RingWatch.Ring view) {
    return history.map().keys(view.keeper().ring().name()).stream()
        .map(key -> key(view, key))
        .toList();
  }

  Key key(String ring, long kid) {
    return key(named(ring).getFirst(), history.map().find(ring, kid).orElseThrow());
  }

  private Key key(RingWatch.Ring view, KnownKey key) {
    var message =
        Key.newBuilder()
            .setRing(key.ring())
            .setKid(key.kid())
            .setState(key.state().toProto())
            .setAlg(key.alg().jwsName())
            .setThumbprint(key.thumbprint())
            .setFile(file(view, key.kid()))
            .setAddedAt(Wire.timestamp(key.addedAt()))
            .setEpoch(key.epoch())
            .setPublicKey(ByteString.copyFrom(key.publicKey().getEncoded()))
            .setConfigured(key.kid() == view.keeper().ring().configuredKid())
            .setHeld(key.held())
            .setAnnouncedEpoch(history.announcedAt(key.ring(), key.kid()))
            .setRetiresWhenSafe(retirement.isOrdered(key.ring(), key.kid()))
            .setStore(
                view.keeper().loaded(key.kid()).map(file -> file.key().store().id()).orElse(""));
    counts
        .counted(key.ring(), key.kid())
        .ifPresent(
            counted ->
                message
                    .setUsage(Wire.usage(counted.usage()))
                    .setUsageCountedAt(Wire.timestamp(counted.countedAt())));
    if (key.activatedAt() != null) {
      message.setActivatedAt(Wire.timestamp(key.activatedAt()));
    }
    if (key.withdrawnAt() != null) {
      message.setWithdrawnAt(Wire.timestamp(key.withdrawnAt()));
    }
    return message.build();
  }

  /// The file in use, or one of the same kid that cannot be used.
  private static String file(RingWatch.Ring view, long kid) {
    return view.keeper()
        .loaded(kid)
        .map(file -> file.file())
        .or(
            () ->
                view.keeper().findings().stream()
                    .filter(finding -> Objects.equals(finding.kid(), kid))
                    .map(Finding::file)
                    .findFirst())
        .map(Object::toString)
        .orElse("");
  }
}
