/// Devices, their keys and their tokens in PostgreSQL, with the events that tell of them.
/// Starting points: [org.rekey.deviceauth.postgres.DeviceChanges] and
/// [org.rekey.deviceauth.postgres.PostgresDeviceTokens].
@NullMarked
package org.rekey.deviceauth.postgres;

import org.jspecify.annotations.NullMarked;
