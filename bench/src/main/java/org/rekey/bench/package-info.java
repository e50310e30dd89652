/// What the benchmarks share: figures of several rounds and tables to paste. Each benchmark has a
/// package of its own. Starting points: `bench/run`, [org.rekey.bench.token.VerifyReport].
@NullMarked
package org.rekey.bench;

import org.jspecify.annotations.NullMarked;
