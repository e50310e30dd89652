/// Publishing the key log to Kafka: fast where it works, and never what correctness hangs on.
/// Starting point: [KeyLogPublisher].
@NullMarked
package org.rekey.keystore.kafka;

import org.jspecify.annotations.NullMarked;
