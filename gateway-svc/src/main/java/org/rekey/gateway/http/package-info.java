/// The edge: what a request must look like, whose token it needs, and the answers that the gateway
/// gives itself. Runs on event loops: nothing here may block. Starting points: [Listener], [Edge],
/// [Guard], [Answers].
@NullMarked
package org.rekey.gateway.http;

import org.jspecify.annotations.NullMarked;
