package org.rekey.deviceauth;

import java.time.InstantSource;
import java.util.UUID;
import java.util.function.Supplier;
import org.jdbi.v3.core.Jdbi;
import org.rekey.deviceauth.postgres.DeviceChanges;
import org.rekey.deviceauth.postgres.DeviceEvents;
import org.rekey.deviceauth.postgres.PostgresAuthRequests;
import org.rekey.deviceauth.postgres.PostgresCheckIns;
import org.rekey.deviceauth.postgres.PostgresDecisions;
import org.rekey.deviceauth.postgres.PostgresDeviceTokens;
import org.rekey.deviceauth.postgres.PostgresDevices;
import org.rekey.deviceauth.postgres.PostgresKeyRotations;
import org.rekey.deviceauth.postgres.PostgresTokenHolders;
import org.rekey.runtime.outbox.Outbox;
import org.rekey.runtime.outbox.RevocationEvents;

/// Everything that is kept in the database.
record DeviceauthStores(
    PostgresDevices devices,
    PostgresAuthRequests requests,
    PostgresDecisions decisions,
    PostgresKeyRotations rotations,
    PostgresDeviceTokens tokens,
    PostgresTokenHolders holders,
    PostgresCheckIns checkIns) {

  static DeviceauthStores over(Jdbi jdbi, Outbox outbox, Supplier<UUID> ids, InstantSource clock) {
    RevocationEvents revocations = new RevocationEvents(DeviceauthEvents.TOKENS, outbox, clock);
    DeviceEvents events = new DeviceEvents(outbox, ids, clock);
    DeviceChanges changes = new DeviceChanges(events, revocations, clock);
    return new DeviceauthStores(
        new PostgresDevices(jdbi),
        new PostgresAuthRequests(jdbi, changes, clock),
        new PostgresDecisions(jdbi, changes),
        new PostgresKeyRotations(jdbi, changes, clock),
        new PostgresDeviceTokens(jdbi, revocations),
        new PostgresTokenHolders(jdbi),
        new PostgresCheckIns(jdbi, events));
  }
}
