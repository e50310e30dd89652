package org.rekey.useradm;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where settings are kept: one JSON object for everybody and one for each user.
public interface SettingsStore {
  /// @param userId null: the settings of everybody
  Optional<Saved> find(@Nullable String userId);

  /// Replaces the whole object.
  ///
  /// @param userId null: the settings of everybody
  /// @param ifMatch the etag that must be stored, if anything is; null: any
  Put put(@Nullable String userId, Saved settings, @Nullable String ifMatch);

  /// @param json one JSON object
  /// @param etag another one after each save
  record Saved(String json, String etag) {}

  /// What became of a save.
  enum Put {
    SAVED,
    ETAG_MISMATCH,
    NO_SUCH_USER
  }
}
