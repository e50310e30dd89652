/// The chassis of a Rekey service: settings, gRPC over mutual TLS, health, metrics, database,
/// orderly start and stop. Starting points: [org.rekey.runtime.server.ServiceMain],
/// [org.rekey.runtime.grpc.RpcServer], [org.rekey.runtime.config.Settings].
@NullMarked
package org.rekey.runtime;

import org.jspecify.annotations.NullMarked;
