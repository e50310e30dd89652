/// What one check of a token costs, by algorithm and crypto provider, beside a well-known library.
/// Starting point: [org.rekey.bench.token.TokenBenchmark].
@NullMarked
package org.rekey.bench.token;

import org.jspecify.annotations.NullMarked;
