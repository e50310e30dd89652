/// Follows the key log on two roads, Kafka for speed and gRPC for certainty, and reports what has
/// been applied. Starting point: [org.rekey.verifier.follow.KeyLogFollower].
@NullMarked
package org.rekey.verifier.follow;

import org.jspecify.annotations.NullMarked;
