/// gRPC as every Rekey service serves and calls it: mutual TLS, callers and field rules enforced
/// from the contract. Starting points: [RpcServer], [RpcService], [Channels].
@NullMarked
package org.rekey.runtime.grpc;

import org.jspecify.annotations.NullMarked;
