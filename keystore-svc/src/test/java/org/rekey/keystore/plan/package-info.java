/// Plans are pure: key, counts and the time go in, what may be done comes out. Begin with
/// [org.rekey.keystore.plan.RotationPlanTest].
@org.jspecify.annotations.NullMarked
package org.rekey.keystore.plan;
