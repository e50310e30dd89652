/// Judges tokens: a strict reader of compact JWS, the signature under the key that the kid means,
/// the claims that this key may vouch for. Whether the token is live is the registry's to say, not
/// ours. Starting point: [org.rekey.verifier.token.TokenVerifier].
@NullMarked
package org.rekey.verifier.token;

import org.jspecify.annotations.NullMarked;
