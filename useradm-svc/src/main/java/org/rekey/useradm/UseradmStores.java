package org.rekey.useradm;

import java.time.InstantSource;
import org.jdbi.v3.core.Jdbi;
import org.rekey.runtime.outbox.Outbox;
import org.rekey.useradm.postgres.PostgresSettings;
import org.rekey.useradm.postgres.PostgresTakeover;
import org.rekey.useradm.postgres.PostgresTokenHolders;
import org.rekey.useradm.postgres.PostgresTokens;
import org.rekey.useradm.postgres.PostgresUsers;
import org.rekey.useradm.postgres.RevocationEvents;

/// Everything that is kept in the database.
record UseradmStores(
    PostgresUsers users,
    PostgresTokens tokens,
    PostgresTokenHolders holders,
    PostgresSettings settings,
    PostgresTakeover takeover,
    UnknownKids unknownKids) {

  static UseradmStores over(Jdbi jdbi, Outbox outbox, InstantSource clock) {
    RevocationEvents events = new RevocationEvents(outbox, clock);
    UnknownKids unknownKids = new UnknownKids();
    return new UseradmStores(
        new PostgresUsers(jdbi, events),
        new PostgresTokens(jdbi, events, unknownKids),
        new PostgresTokenHolders(jdbi),
        new PostgresSettings(jdbi),
        new PostgresTakeover(jdbi),
        unknownKids);
  }
}
