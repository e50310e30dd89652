/// The operator's side of the contracts: calls to a running instance, and its key log checked while
/// it is read. Starting point: [org.rekey.cli.client.Operator].
@NullMarked
package org.rekey.cli.client;

import org.jspecify.annotations.NullMarked;
