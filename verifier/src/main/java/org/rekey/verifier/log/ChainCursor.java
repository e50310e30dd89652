package org.rekey.verifier.log;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.SignedKeyEvent;

/// Where one reader stands in the key log. Says for every record, whichever road it came by,
/// whether it is the next one; and steps forward only then.
///
/// The hash of every event passed is kept (32 bytes each; a log grows by a few events per
/// rotation), so that a duplicate is told from a second history. Not safe for use by several
/// threads at once.
public final class ChainCursor {
  private static final int MAX_EVENT = 64 * 1024;

  private final Map<String, LogKey> trusted;
  private final List<ByteString> hashes = new ArrayList<>();

  private ChainCursor(Map<String, LogKey> trusted) {
    this.trusted = trusted;
  }

  /// Before the first event.
  public static ChainCursor atGenesis(Collection<LogKey> trusted) {
    if (trusted.isEmpty()) {
      throw new IllegalArgumentException("trusted log keys: none (expected: at least one)");
    }
    return new ChainCursor(
        trusted.stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    LogKey::thumbprint, Function.identity(), (one, _) -> one)));
  }

  /// The epoch of the last event passed; 0 before the first.
  public long epoch() {
    return hashes.size();
  }

  /// What the next event must carry as `previous_hash`.
  public ByteString head() {
    return hashes.isEmpty() ? LogChain.GENESIS : hashes.getLast();
  }

  /// Whether a record is the next one. Steps nowhere.
  public boolean isNext(SignedKeyEvent signed) {
    return judge(signed) instanceof Next;
  }

  /// Judges a record and steps past it if it is the next one.
  public Step accept(SignedKeyEvent signed) {
    var step = judge(signed);
    if (step instanceof Next next) {
      hashes.add(next.hash());
    }
    return step;
  }

  private Step judge(SignedKeyEvent signed) {
    KeyEvent event;
    try {
      if (signed.getEvent().size() > MAX_EVENT) {
        return new Forged("event: over " + MAX_EVENT + " bytes");
      }
      event = KeyEvent.parseFrom(signed.getEvent());
    } catch (InvalidProtocolBufferException e) {
      return new Forged("event: not a KeyEvent");
    }
    var epoch = event.getEpoch();
    if (epoch <= 0) {
      return new Forged("epoch: " + Long.toUnsignedString(epoch) + " (expected: 1 or more)");
    }
    var hash = LogChain.hash(signed.getEvent());
    if (epoch <= epoch() && hash.equals(hashes.get((int) epoch - 1))) {
      return new Duplicate(epoch);
    }
    var key = trusted.get(signed.getLogKeyThumbprint());
    if (key == null) {
      return new Forged("log key: unknown");
    }
    if (!key.signed(signed.getEvent(), signed.getSignature())) {
      return new Forged("signature: wrong");
    }
    if (epoch <= epoch()) {
      return new Fork(epoch, "another event is known for this epoch");
    }
    if (epoch > epoch() + 1) {
      return new Gap(epoch() + 1, epoch);
    }
    if (!event.getPreviousHash().equals(head())) {
      return new Fork(epoch, "previous_hash is not the hash of the event before");
    }
    return new Next(event, hash);
  }

  /// What a record is to this reader.
  public sealed interface Step {}

  /// The next event; the cursor has passed it.
  public record Next(KeyEvent event, ByteString hash) implements Step {}

  /// An event passed before, byte for byte. The signature of the copy is not looked at: the bytes
  /// are already proven.
  public record Duplicate(long epoch) implements Step {}

  /// Not made by a trusted log key, or no event at all.
  public record Forged(String reason) implements Step {}

  /// Signed by a trusted log key, but part of another history: the keystore lost its table, or its
  /// key is abused.
  public record Fork(long epoch, String reason) implements Step {}

  /// Genuine, but events before it are missing.
  public record Gap(long expected, long got) implements Step {}
}
