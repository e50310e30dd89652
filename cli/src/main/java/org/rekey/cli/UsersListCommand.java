package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import org.rekey.cli.client.Operator;
import org.rekey.proto.useradm.v1.ListUsersRequest;
import org.rekey.proto.useradm.v1.User;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `rekey users list`.
@Command(
    name = "list",
    description = "The users, in the order in which they were made.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey users list",
      "  rekey users list --email a@example.com --email b@example.com",
      "  rekey users list --json | jq -r '.[] | select(.login_at == null) | .email'"
    })
final class UsersListCommand implements Runnable {
  private final Console console;
  @Mixin private DataOption data = new DataOption();

  @Option(
      names = "--email",
      paramLabel = "EMAIL",
      description = "Only the user with this e-mail; may be given more than once.")
  private List<String> emails = List.of();

  @Option(names = "--json", description = "Print an array of objects.")
  private boolean isJson;

  UsersListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    ListUsersRequest filter = ListUsersRequest.newBuilder().addAllEmails(emails).build();
    List<User> users;
    try (Operator operator = Operator.of(data.directory())) {
      users = operator.accounts().list(filter);
    }
    if (isJson) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      users.forEach(user -> array.add(UserView.json(user)));
      console.json(array);
    } else if (users.isEmpty()) {
      console.line("no users");
    } else {
      print(users);
    }
  }

  private void print(List<User> users) {
    Table table = new Table("EMAIL", "ID", "CREATED", "LAST LOGIN");
    for (User user : users) {
      table.row(
          user.getEmail(),
          user.getId(),
          Times.orWord(user.hasCreatedAt(), user.getCreatedAt(), ""),
          Times.orWord(user.hasLoginAt(), user.getLoginAt(), "never"));
    }
    table.print(console);
  }
}
