/// Streaming a request to an upstream and its answer back, byte for byte, at the speed of the
/// slower side. Starting point: [Forwarder], which chooses the upstream; [RequestBodies] and
/// [UpstreamAnswers] are the two directions, [Endings] whatever comes to no good end.
@NullMarked
package org.rekey.gateway.proxy;

import org.jspecify.annotations.NullMarked;
