package org.rekey.agent.auth;

/// Where a device may lose its power while it changes its key, in the order in which it gets there.
public enum RotationStep {
  ORDER_RECEIVED,
  SUCCESSOR_WRITTEN,
  OFFER_ANSWERED,
  OFFER_NOTED,
  TOKEN_ANSWERED,
  COMMITTED
}
