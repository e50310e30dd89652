/// The token registry in PostgreSQL.
/// Starting point: [org.rekey.deviceauth.postgres.PostgresDeviceTokens].
@NullMarked
package org.rekey.deviceauth.postgres;

import org.jspecify.annotations.NullMarked;
