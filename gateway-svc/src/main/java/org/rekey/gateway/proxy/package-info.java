/// Streaming a request to an upstream and its answer back, byte for byte, at the speed of the
/// slower side. Starting point: [Forwarder].
@NullMarked
package org.rekey.gateway.proxy;

import org.jspecify.annotations.NullMarked;
