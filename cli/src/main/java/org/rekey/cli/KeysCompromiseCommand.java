package org.rekey.cli;

import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.CompromiseKeyRequest;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.ListKeysRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey keys compromise`.
@Command(
    name = "compromise",
    description = {
      "Distrusts a key for ever, the one that signs included.",
      "If it signs, another one takes over first: one that is announced, or one made for it. Then",
      "every verifier is told, and it is measured when the last one refuses the key. Verifiers that",
      "stay away hold nothing up: they are named."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:Distrusted by every live verifier.",
      "1:Not done, or not known: run it again.",
      "2:Wrongly called.",
      "3:Distrusted, but some verifiers have not acked it, or are not known yet, and may accept it.",
      "4:Distrusted by every live verifier, but who must log in again could not be listed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys compromise 5539 --reason \"the file was on a stolen disk\"",
      "  rekey keys compromise deviceauth 7 --successor 8 --wait 2s --reason \"leaked\" --yes",
      "  rekey keys compromise 5539 --reason leaked --yes --json | jq -r '.owners[].name'"
    })
final class KeysCompromiseCommand implements Callable<Integer> {
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final int DEAF = 3;
  private static final int UNLISTED = 4;

  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();
  @Mixin private KeyArgument key = new KeyArgument();
  @Mixin private ReasonOption reason = new ReasonOption();

  @Option(
      names = "--successor",
      paramLabel = "KID",
      converter = KidConverter.class,
      description = "Which key signs next, if this one does now.")
  private @Nullable Long successor;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      defaultValue = "5s",
      converter = TimeConverter.class,
      description = {
        "How long to wait for verifiers to learn the successor, and again to",
        "refuse the key; at most 1m (default: ${DEFAULT-VALUE})."
      })
  private Duration wait = Duration.ofSeconds(5);

  @Option(names = "--all", description = "List all who must log in again, not only the first 20.")
  private boolean isAll;

  @Mixin private Consent consent = new Consent();

  @Option(names = "--json", description = "Print what was done as JSON, with all owners.")
  private boolean isJson;

  KeysCompromiseCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    KeyId id = key.id();
    reason.mustBeGiven("");
    if (wait.compareTo(LONGEST) > 0) {
      throw new ParameterException(
          spec.commandLine(), "--wait: %s (expected: at most 1m)".formatted(Times.span(wait)));
    }
    consent.mustBePossible();
    try (Operator operator = Operator.of(data.directory())) {
      consent.to(question(find(operator, id)));
      CompromiseView view = compromise(operator, id);
      if (isJson) {
        return told(operator, id, view);
      }
      view.lines(console).forEach(console::line);
      view.warnings().forEach(console::warn);
      return listed(operator, id, view);
    }
  }

  private CompromiseView compromise(Operator operator, KeyId id) {
    String what =
        "verifiers learn the successor and refuse %s, each at most %s"
            .formatted(id, Times.span(wait));
    try (LongCall _ = LongCall.started(console, what)) {
      return new CompromiseView(
          id, operator.keys(wait.toSeconds() * 2 + 10).compromiseKey(request(id)));
    }
  }

  private CompromiseKeyRequest request(KeyId id) {
    CompromiseKeyRequest.Builder request =
        CompromiseKeyRequest.newBuilder()
            .setRing(id.ring())
            .setKid(id.kid())
            .setReason(reason.text())
            .setWait(Times.proto(wait));
    if (successor != null) {
      request.setSuccessorKid(successor);
    }
    return request.build();
  }

  private static Key find(Operator operator, KeyId id) {
    return operator
        .keys()
        .listKeys(ListKeysRequest.newBuilder().setRing(id.ring()).build())
        .getKeysList()
        .stream()
        .filter(each -> each.getKid() == id.kid())
        .findFirst()
        .orElseThrow(() -> new CommandFailed(id + ": no such key (see: rekey keys list --all)"));
  }

  private static String question(Key key) {
    String ends =
        key.hasUsage()
            ? "What ends with it: " + UsageView.of(key.getUsage()).text()
            : "Nobody has counted what ends with it";
    return "Distrust %s (%s) for ever? %s."
        .formatted(Keys.id(key), Keys.state(key.getState()), ends);
  }

  /// Asked for afterwards: the registry keeps the tokens of a bad key until they expire, and only
  /// then are those among them that it signed last. Nor does a long list hold the end up.
  private int listed(Operator operator, KeyId id, CompromiseView view) {
    if (id.ring().equals("artifact")) {
      return view.isOver() ? 0 : DEAF;
    }
    var owners = new HoldersTable(isAll);
    try {
      operator.holders().list(id.ring(), id.kid(), true, owners);
    } catch (StatusRuntimeException e) {
      return unlisted(id, view, e);
    }
    console.line(
        owners.count() == 0
            ? "Nobody has to log in again."
            : "Must log in again (%d):".formatted(owners.count()));
    owners.lines(console, all(id)).forEach(line -> console.line("  " + line));
    return view.isOver() ? 0 : DEAF;
  }

  private int told(Operator operator, KeyId id, CompromiseView view) {
    var failure = new AtomicReference<@Nullable StatusRuntimeException>();
    console.json(
        view.json(),
        "owners",
        each -> {
          if (id.ring().equals("artifact")) {
            return;
          }
          try {
            operator
                .holders()
                .list(id.ring(), id.kid(), true, one -> each.accept(HolderView.json(one)));
          } catch (StatusRuntimeException e) {
            failure.set(e);
          }
        });
    StatusRuntimeException e = failure.get();
    if (e != null) {
      return unlisted(id, view, e);
    }
    return view.isOver() ? 0 : DEAF;
  }

  private int unlisted(KeyId id, CompromiseView view, StatusRuntimeException e) {
    console.warn(
        "%s is distrusted, but who had tokens of it cannot be listed now: %s; later: %s"
            .formatted(id, Rekey.text(e.getStatus()), all(id)));
    return view.isOver() ? UNLISTED : DEAF;
  }

  private String all(KeyId id) {
    return data.with("rekey keys retire " + id.asTyped() + " --dry-run --all");
  }
}
