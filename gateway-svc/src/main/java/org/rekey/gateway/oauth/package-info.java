/// What verifiers elsewhere are told: the keys under which tokens are good, and whether a token is.
/// Starting points: [KeySets], [TokenIssuer], [Clients].
@NullMarked
package org.rekey.gateway.oauth;

import org.jspecify.annotations.NullMarked;
