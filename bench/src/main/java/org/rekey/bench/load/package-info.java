/// A running instance to measure against, tokens for it, and what the machine tells about it.
/// Starting point: [org.rekey.bench.load.RekeyUp].
@NullMarked
package org.rekey.bench.load;

import org.jspecify.annotations.NullMarked;
