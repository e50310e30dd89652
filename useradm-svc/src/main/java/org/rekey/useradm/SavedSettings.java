package org.rekey.useradm;

import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.useradm.SettingsStore.Saved;

/// The settings that clients keep here, of everybody and of each user. What they mean is the
/// clients' affair.
public final class SavedSettings {
  /// Equal to no etag that was ever given out.
  private static final String NO_ETAG = "-";

  private final SettingsStore store;
  private final Supplier<UUID> etags;

  public SavedSettings(SettingsStore store, Supplier<UUID> etags) {
    this.store = store;
    this.etags = etags;
  }

  /// @param userId null: the settings of everybody
  /// @return empty when nothing was stored yet
  public Optional<Saved> find(@Nullable String userId) {
    return userId == null || Ids.isPossible(userId) ? store.find(userId) : Optional.empty();
  }

  /// @param userId null: the settings of everybody
  /// @param text one JSON object
  /// @param ifMatch the etag that must be stored, if anything is; null: any
  public Outcome put(@Nullable String userId, String text, @Nullable String ifMatch) {
    return switch (SettingsObject.parse(text)) {
      case SettingsObject.Invalid(String problem) -> new Refused(Rule.INVALID, problem);
      case SettingsObject.Checked(String json) -> save(userId, json, ifMatch);
    };
  }

  private Outcome save(@Nullable String userId, String json, @Nullable String ifMatch) {
    if (userId != null && !Ids.isPossible(userId)) {
      return refused(Rule.USER_NOT_FOUND);
    }
    Saved settings = new Saved(json, etags.get().toString());
    String wanted = ifMatch == null || Ids.isPossible(ifMatch) ? ifMatch : NO_ETAG;
    return switch (store.put(userId, settings, wanted)) {
      case SAVED -> new Done(settings.etag());
      case ETAG_MISMATCH -> refused(Rule.ETAG_MISMATCH);
      case NO_SUCH_USER -> refused(Rule.USER_NOT_FOUND);
    };
  }

  private static Refused refused(Rule rule) {
    return new Refused(rule, rule == Rule.ETAG_MISMATCH ? "ETag doesn't match" : "user not found");
  }

  /// What became of a save.
  public sealed interface Outcome {}

  public record Done(String etag) implements Outcome {}

  public record Refused(Rule rule, String problem) implements Outcome {}

  /// Why not.
  public enum Rule {
    INVALID,
    ETAG_MISMATCH,
    USER_NOT_FOUND
  }
}
