/// Fixtures that the tests of every module need: a real PostgreSQL and Kafka, an authority for
/// mutual TLS, a clock to turn by hand, key files in all their forms. Starting points:
/// [PostgresExtension], [KafkaBroker], [TestAuthority], [MutableClock], [KeyFiles].
@NullMarked
package org.rekey.testkit;

import org.jspecify.annotations.NullMarked;
