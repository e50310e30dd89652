package org.rekey.agent.simulate;

import org.rekey.agent.auth.RotationStep;

/// A simulated device has lost its power: what it did is lost, what it kept is there.
final class PowerCut extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PowerCut(RotationStep step) {
    super("power cut at " + step, null, false, false);
  }
}
