/// What a verdict costs with few and with many live tokens, in time, processor, queries and memory.
/// Starting point: [org.rekey.bench.registry.RegistryReport].
@NullMarked
package org.rekey.bench.registry;

import org.jspecify.annotations.NullMarked;
