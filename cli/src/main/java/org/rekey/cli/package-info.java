/// The command line: one class for each command, and what they share in speaking to the one who
/// typed it. Starting point: [org.rekey.cli.Rekey].
@NullMarked
package org.rekey.cli;

import org.jspecify.annotations.NullMarked;
