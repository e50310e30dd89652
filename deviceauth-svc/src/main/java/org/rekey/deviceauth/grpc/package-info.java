/// The services of `rekey.deviceauth.v1`, between wire and domain.
/// Starting points: [org.rekey.deviceauth.grpc.AuthRequestsEndpoint] and
/// [org.rekey.deviceauth.grpc.DevicesEndpoint].
@NullMarked
package org.rekey.deviceauth.grpc;

import org.jspecify.annotations.NullMarked;
