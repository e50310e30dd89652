/// All services together, with real Kafka, PostgreSQL, TLS and clients.
/// Starting points: [org.rekey.e2e.platform.Platform], [RotationUnderLoadIT].
@NullMarked
package org.rekey.e2e;

import org.jspecify.annotations.NullMarked;
