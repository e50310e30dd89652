/// Many devices at once, by the same classes as one: for benchmarks, and to see what a fleet does
/// to an installation. Starting point: [org.rekey.agent.simulate.SimulatedFleet].
@NullMarked
package org.rekey.agent.simulate;

import org.jspecify.annotations.NullMarked;
