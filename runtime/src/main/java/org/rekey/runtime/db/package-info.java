/// PostgreSQL: a pool, the schema's migrations and Jdbi over both.
/// Starting point: [Database].
@NullMarked
package org.rekey.runtime.db;

import org.jspecify.annotations.NullMarked;
