/// Users, the token registry and settings in PostgreSQL, with the events of revocations. Starting
/// points: [org.rekey.useradm.postgres.PostgresUsers],
/// [org.rekey.useradm.postgres.PostgresTokens].
@NullMarked
package org.rekey.useradm.postgres;

import org.jspecify.annotations.NullMarked;
