/// How fast a key is known everywhere, and how fast nobody accepts a bad one any more. Begin with
/// [org.rekey.bench.propagation.PropagationReport].
@org.jspecify.annotations.NullMarked
package org.rekey.bench.propagation;
