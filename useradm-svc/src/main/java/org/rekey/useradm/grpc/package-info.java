/// The rpcs of `rekey.useradm.v1`: requests into calls of the domain, outcomes into responses.
/// Starting points: [org.rekey.useradm.grpc.SessionsEndpoint],
/// [org.rekey.useradm.grpc.UsersEndpoint].
@NullMarked
package org.rekey.useradm.grpc;

import org.jspecify.annotations.NullMarked;
