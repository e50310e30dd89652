package org.rekey.runtime.config;

import java.util.List;

/// Settings that cannot be used: one line for each of them.
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient List<String> problems;

  public SettingsException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  public SettingsException(String problem) {
    this(List.of(problem));
  }

  public List<String> problems() {
    return problems;
  }
}
