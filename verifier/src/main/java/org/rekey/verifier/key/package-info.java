/// What a key may be and how a signature is checked: algorithms, thumbprints and the crypto
/// provider beneath them. An algorithm always comes from the key and never from a token. Starting
/// point: [org.rekey.verifier.key.Alg].
@NullMarked
package org.rekey.verifier.key;

import org.jspecify.annotations.NullMarked;
