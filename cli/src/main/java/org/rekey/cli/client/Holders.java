package org.rekey.cli.client;

import java.util.Iterator;
import java.util.function.Consumer;
import org.rekey.cli.CommandFailed;
import org.rekey.proto.auth.v1.Holder;
import org.rekey.proto.auth.v1.ListHoldersRequest;

/// Who has live tokens on a key: asks the issuer of its ring.
public final class Holders {
  private final Operator operator;

  Holders(Operator operator) {
    this.operator = operator;
  }

  /// Hands over everybody, those with the most tokens first, as they come; nothing is held.
  ///
  /// @param anyKid also those whose tokens were taken over and not used since
  /// @throws CommandFailed for a ring whose issuer gives out no tokens
  public void list(String ring, long kid, boolean anyKid, Consumer<Holder> each) {
    String issuer =
        switch (ring) {
          case "useradm", "deviceauth" -> ring;
          default -> throw new CommandFailed(ring + ": no tokens hang on keys of this ring");
        };
    Iterator<Holder> holders =
        operator
            .holders(issuer)
            .listHolders(ListHoldersRequest.newBuilder().setKid(kid).setAnyKid(anyKid).build());
    holders.forEachRemaining(each);
  }
}
