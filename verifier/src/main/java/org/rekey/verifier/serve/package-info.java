/// The verdict service, for whoever keeps a token registry: the token check, the registry's word on
/// whether the token is live, and both as `rekey.auth.v1.TokenVerifier`. Starting point:
/// [org.rekey.verifier.serve.TokenVerifierEndpoint].
@NullMarked
package org.rekey.verifier.serve;

import org.jspecify.annotations.NullMarked;
