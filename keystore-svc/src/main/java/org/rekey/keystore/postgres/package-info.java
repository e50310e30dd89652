/// The keystore's tables in PostgreSQL, schema `keystore`.
/// Starting points: [PostgresJournal], [PostgresLeases].
@NullMarked
package org.rekey.keystore.postgres;

import org.jspecify.annotations.NullMarked;
