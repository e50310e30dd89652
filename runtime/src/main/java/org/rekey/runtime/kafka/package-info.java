/// Writing to Kafka through whatever happens to it: topics with the settings that they must have,
/// and a thread that publishes what waits. Starting point: [org.rekey.runtime.kafka.Publisher].
@NullMarked
package org.rekey.runtime.kafka;

import org.jspecify.annotations.NullMarked;
