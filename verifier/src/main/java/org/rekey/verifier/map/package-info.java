/// The kid map: which key a kid means and what may be done with it, folded from the key log's
/// events. Keystore and verifiers fold with the same code, so that they cannot disagree. Starting
/// point: [org.rekey.verifier.map.KidMap].
@NullMarked
package org.rekey.verifier.map;

import org.jspecify.annotations.NullMarked;
