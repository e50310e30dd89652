/// What a verdict costs over gRPC, next to a call that does nothing on the same server and
/// connection. Starting point: [org.rekey.bench.rpc.RpcReport].
@NullMarked
package org.rekey.bench.rpc;

import org.jspecify.annotations.NullMarked;
