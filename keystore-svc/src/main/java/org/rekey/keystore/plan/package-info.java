/// What may happen to a key next, and if it may not, why. Decides and does nothing: no clock, no
/// database, no wire. Starting points: [org.rekey.keystore.plan.RetirementPlan],
/// [org.rekey.keystore.plan.RotationPlan].
@NullMarked
package org.rekey.keystore.plan;

import org.jspecify.annotations.NullMarked;
