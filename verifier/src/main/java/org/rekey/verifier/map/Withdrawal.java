package org.rekey.verifier.map;

/// Why a key verifies no more. Only a key whose file was removed may come back, when the file does.
public enum Withdrawal {
  COMMAND,
  FILE_REMOVED,
  COMPROMISED
}
