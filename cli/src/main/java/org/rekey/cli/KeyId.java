package org.rekey.cli;

/// One key of one ring.
record KeyId(String ring, long kid) {

  /// As it is typed: `useradm 5539`.
  String asTyped() {
    return ring + " " + kid;
  }

  @Override
  public String toString() {
    return kid + " of " + ring;
  }
}
