package org.rekey.cli;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.rekey.proto.auth.v1.Holder;

/// Users or devices that have live tokens on a key, as they come; only those that are shown are
/// kept.
final class HoldersTable implements Consumer<Holder> {
  private static final int FIRST = 20;
  private static final int NAMES = 3;

  private final boolean isAll;
  private final Table table =
      new Table("NAME", "ID", "SESSIONS", "DEVICE TOKENS", "PERSONAL ACCESS TOKENS", "LAST EXPIRY")
          .right(2, 3);
  private long count;

  /// @param isAll not only the first 20
  HoldersTable(boolean isAll) {
    this.isAll = isAll;
  }

  @Override
  public void accept(Holder holder) {
    if (++count <= FIRST || isAll) {
      table.row(
          Plain.text(holder.getName()),
          Plain.text(holder.getId()),
          number(holder.getSessions()),
          number(holder.getDeviceTokens()),
          names(holder.getPersonalAccessTokensList()),
          Times.orWord(holder.hasLastExpiry(), holder.getLastExpiry(), "never"));
    }
  }

  long count() {
    return count;
  }

  /// @param all how to see the others, as it is typed
  List<String> lines(Console console, String all) {
    List<String> lines = new java.util.ArrayList<>();
    if (count > 0) {
      lines.addAll(table.lines(console));
    }
    if (!isAll && count > FIRST) {
      lines.add("and %d more: %s".formatted(count - FIRST, all));
    }
    return lines;
  }

  private static String number(long count) {
    return count == 0 ? "-" : Long.toString(count);
  }

  private String names(List<Holder.NamedToken> tokens) {
    if (tokens.isEmpty()) {
      return "-";
    }
    int shown = isAll ? tokens.size() : NAMES;
    String names =
        tokens.stream()
            .limit(shown)
            .map(token -> Plain.text(token.getName()))
            .collect(Collectors.joining(", "));
    return tokens.size() <= shown ? names : names + " and " + (tokens.size() - shown) + " more";
  }
}
