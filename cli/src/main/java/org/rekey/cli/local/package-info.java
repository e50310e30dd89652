/// Everything on this machine: PostgreSQL, Kafka and the four services as child processes, with
/// their state in one directory. Starting point: [org.rekey.cli.local.Instance].
@NullMarked
package org.rekey.cli.local;

import org.jspecify.annotations.NullMarked;
