package org.rekey.agent;

/// Something about this device that somebody must mend. The message names the thing, the rule and
/// the way out.
public final class AgentFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public AgentFailure(String message) {
    super(message);
  }

  public AgentFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
