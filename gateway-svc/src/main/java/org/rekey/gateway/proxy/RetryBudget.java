package org.rekey.gateway.proxy;

/// Lets a fifth of the requests be sent a second time, and a few more after a quiet time: whatever
/// breaks, upstreams never get much more than what clients send. For one event loop.
final class RetryBudget {
  private static final double FOR_EACH_REQUEST = 0.2;
  private static final double MOST = 100;

  private double left = MOST;

  void request() {
    left = Math.min(MOST, left + FOR_EACH_REQUEST);
  }

  boolean spend() {
    if (left < 1) {
      return false;
    }
    left--;
    return true;
  }
}
