/// Users and the token registry in PostgreSQL. Starting points:
/// [org.rekey.useradm.postgres.PostgresUsers], [org.rekey.useradm.postgres.PostgresTokens].
@NullMarked
package org.rekey.useradm.postgres;

import org.jspecify.annotations.NullMarked;
