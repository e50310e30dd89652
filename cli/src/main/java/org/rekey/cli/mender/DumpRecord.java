package org.rekey.cli.mender;

import org.rekey.proto.useradm.v1.TakeOverToken;
import org.rekey.proto.useradm.v1.TakeOverUser;

/// What one line of a dump is.
sealed interface DumpRecord {
  /// Nothing but white space.
  record Blank() implements DumpRecord {}

  record User(TakeOverUser user) implements DumpRecord {}

  /// @param issuer `iss`; empty when the dump does not say
  record Token(TakeOverToken token, String issuer) implements DumpRecord {}

  /// @param problem the field and the rule, never the value
  record Refused(String problem) implements DumpRecord {}
}
