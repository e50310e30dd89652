/// The keystore's rpcs: wire to domain and back, and nothing else.
/// Starting points: [SignerEndpoint], [KeyLogEndpoint], [KeyAdminEndpoint].
@NullMarked
package org.rekey.keystore.grpc;

import org.jspecify.annotations.NullMarked;
