package org.rekey.keystore.postgres;

import java.nio.file.Path;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.rekey.keystore.ConfiguredPaths;

/// The table `ring_setting`.
public final class PostgresConfiguredPaths implements ConfiguredPaths {
  private final Jdbi jdbi;

  public PostgresConfiguredPaths(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public Optional<Path> inEffect(String ring) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT configured_path FROM ring_setting WHERE ring = :ring")
                .bind("ring", ring)
                .mapTo(String.class)
                .findOne()
                .map(Path::of));
  }

  @Override
  public void remember(String ring, Path path) {
    jdbi.useHandle(
        handle ->
            handle
                .createUpdate(
                    """
                    INSERT INTO ring_setting (ring, configured_path) VALUES (:ring, :path)
                    ON CONFLICT (ring) DO UPDATE
                    SET configured_path = excluded.configured_path, in_effect_since = now()
                    """)
                .bind("ring", ring)
                .bind("path", path.toString())
                .execute());
  }
}
