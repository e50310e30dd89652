/// The key log's chain: hashes, signatures, and the cursor that says for every record whether it
/// comes next. Keystore and verifiers use the same code, so that what one writes the other accepts.
/// Starting point: [org.rekey.verifier.log.ChainCursor].
@NullMarked
package org.rekey.verifier.log;

import org.jspecify.annotations.NullMarked;
