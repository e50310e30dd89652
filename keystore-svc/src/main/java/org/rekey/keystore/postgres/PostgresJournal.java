package org.rekey.keystore.postgres;

import com.google.protobuf.ByteString;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.StatementContext;
import org.rekey.keystore.log.Journal;
import org.rekey.proto.keystore.v1.SignedKeyEvent;

/// The table `key_event`. An epoch is taken by whoever inserts it first; the primary key decides.
public final class PostgresJournal implements Journal {
  private final Jdbi jdbi;

  public PostgresJournal(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public List<SignedKeyEvent> after(long epoch) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    """
                    SELECT event, signature, log_key_thumbprint FROM key_event
                    WHERE epoch > :epoch ORDER BY epoch
                    """)
                .bind("epoch", epoch)
                .map(PostgresJournal::event)
                .list());
  }

  @Override
  public boolean append(long epoch, SignedKeyEvent event) {
    return jdbi.withHandle(
            handle ->
                handle
                    .createUpdate(
                        """
                        INSERT INTO key_event (epoch, event, signature, log_key_thumbprint)
                        VALUES (:epoch, :event, :signature, :logKey)
                        ON CONFLICT (epoch) DO NOTHING
                        """)
                    .bind("epoch", epoch)
                    .bind("event", event.getEvent().toByteArray())
                    .bind("signature", event.getSignature().toByteArray())
                    .bind("logKey", event.getLogKeyThumbprint())
                    .execute())
        == 1;
  }

  private static SignedKeyEvent event(ResultSet row, StatementContext context) throws SQLException {
    return SignedKeyEvent.newBuilder()
        .setEvent(ByteString.copyFrom(row.getBytes("event")))
        .setSignature(ByteString.copyFrom(row.getBytes("signature")))
        .setLogKeyThumbprint(row.getString("log_key_thumbprint"))
        .build();
  }
}
