package org.rekey.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import org.rekey.cli.client.Operator;
import org.rekey.proto.keystore.v1.CancelRetirementRequest;
import org.rekey.proto.keystore.v1.Key;
import org.rekey.proto.keystore.v1.PlanRetirementRequest;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.proto.keystore.v1.RetireKeyResponse;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `rekey keys retire`.
@Command(
    name = "retire",
    description = {
      "Trusts a key no more: every token that it signed is refused from now on.",
      "Refuses while live tokens hang on it, or nobody knows. Its file stays where it is."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  rekey keys retire 0 --dry-run                what hangs on it, whose, and until when",
      "  rekey keys retire 0 --reason \"rotated on schedule\"",
      "  rekey keys retire deviceauth 7 --when-safe   later by itself; --cancel takes it back",
      "  rekey keys retire 0 --force --reason \"all sessions are to end\"",
      "  rekey keys retire 0 --dry-run --json | jq '.live, .safe_from'"
    })
final class KeysRetireCommand implements Runnable {
  private static final int COUNT_SECONDS = 10;

  private final Console console;
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private DataOption data = new DataOption();
  @Mixin private KeyArgument key = new KeyArgument();
  @ArgGroup private Way way = new Way();

  /// At most one of them.
  static final class Way {
    @Option(names = "--dry-run", description = "Change nothing: print what hangs on the key.")
    private boolean isDryRun;

    @Option(
        names = "--when-safe",
        description = "If not now, then as soon as nothing hangs on it; restarts don't matter.")
    private boolean isWhenSafe;

    @Option(names = "--cancel", description = "Take back what --when-safe has ordered.")
    private boolean isCancel;

    @Option(
        names = "--force",
        description = "Go ahead whatever hangs on it; needs --reason. Those tokens are refused.")
    private boolean isForced;
  }

  @Option(names = "--all", description = "With --dry-run: all owners, not only the first 20.")
  private boolean isAll;

  @Mixin private ReasonOption reason = new ReasonOption();
  @Mixin private Consent consent = new Consent();

  @Option(
      names = "--json",
      description = "Print the key as JSON; with --dry-run what hangs on it, with all owners.")
  private boolean isJson;

  KeysRetireCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    KeyId id = key.id();
    if (isAll && !way.isDryRun) {
      throw new ParameterException(spec.commandLine(), "--all: without --dry-run (expected: both)");
    }
    if (way.isForced) {
      reason.mustBeGiven("with --force");
      consent.mustBePossible();
    }
    try (Operator operator = Operator.of(data.directory())) {
      if (way.isCancel) {
        cancel(operator, id);
      } else if (way.isDryRun) {
        rehearse(operator, id);
      } else {
        retire(operator, id);
      }
    }
  }

  private void cancel(Operator operator, KeyId id) {
    Key kept =
        operator
            .keys()
            .cancelRetirement(
                CancelRetirementRequest.newBuilder().setRing(id.ring()).setKid(id.kid()).build())
            .getKey();
    if (isJson) {
      console.json(Keys.json(kept));
    } else {
      console.line(Keys.one(console, kept));
      console.line("  it stays until somebody retires it");
    }
  }

  private void rehearse(Operator operator, KeyId id) {
    RetirementView view = plan(operator, id);
    boolean hasOwners = !id.ring().equals("artifact");
    boolean isAnyKid = view.plan().getUsage().getAnyKid();
    if (isJson) {
      console.json(
          view.json(),
          "owners",
          each -> {
            if (hasOwners) {
              operator
                  .holders()
                  .list(id.ring(), id.kid(), isAnyKid, one -> each.accept(HolderView.json(one)));
            }
          });
      return;
    }
    view.lines(console).forEach(console::line);
    if (hasOwners) {
      HoldersTable owners = owners(operator, id, isAnyKid);
      if (owners.count() > 0) {
        console.line("Who has them:");
      }
      owners
          .lines(console, data.with("rekey keys retire " + id.asTyped() + " --dry-run --all"))
          .forEach(line -> console.line("  " + line));
    }
  }

  private HoldersTable owners(Operator operator, KeyId id, boolean isAnyKid) {
    var owners = new HoldersTable(isAll);
    try (LongCall _ = LongCall.started(console, id.ring() + " lists who has tokens of the key")) {
      operator.holders().list(id.ring(), id.kid(), isAnyKid, owners);
      return owners;
    } catch (StatusRuntimeException e) {
      throw new CommandFailed(
          "who has tokens of %s cannot be listed now: %s".formatted(id, Rekey.text(e.getStatus())),
          e);
    }
  }

  private RetirementView plan(Operator operator, KeyId id) {
    PlanRetirementRequest request =
        PlanRetirementRequest.newBuilder()
            .setRing(id.ring())
            .setKid(id.kid())
            .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(COUNT_SECONDS))
            .build();
    String what =
        "%s counts what hangs on the key, at most %d s".formatted(id.ring(), COUNT_SECONDS);
    try (LongCall _ = LongCall.started(console, what)) {
      return new RetirementView(id, operator.keys(COUNT_SECONDS).planRetirement(request));
    }
  }

  private void retire(Operator operator, KeyId id) {
    // Counted anew, so that the keystore decides on what is there now.
    RetirementView view = plan(operator, id);
    if (way.isForced) {
      if (!isJson) {
        view.lines(console).forEach(console::line);
      }
      consent.to(
          "Retire %s, and end %s?".formatted(id, UsageView.of(view.plan().getUsage()).text()));
    }
    RetireKeyRequest request =
        RetireKeyRequest.newBuilder()
            .setRing(id.ring())
            .setKid(id.kid())
            .setReason(reason.text())
            .setForce(way.isForced)
            .setWhenSafe(way.isWhenSafe)
            .build();
    try {
      tell(id, view, operator.keys().retireKey(request));
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.FAILED_PRECONDITION) {
        throw e;
      }
      throw new CommandFailed(refusal(id, view, e.getStatus()), e);
    }
  }

  private String refusal(KeyId id, RetirementView view, Status status) {
    List<String> lines = new ArrayList<>();
    if (view.plan().getObstaclesCount() == 0) {
      lines.add(String.valueOf(status.getDescription()));
    } else {
      lines.add(id + " cannot be retired now, and nothing was changed.");
      lines.addAll(view.lines(console));
    }
    if (view.isIdle()) {
      lines.add("Whose they are, and how to have it retired by itself:");
      lines.add("  " + data.with("rekey keys retire " + id.asTyped() + " --dry-run"));
      lines.add("  " + data.with("rekey keys retire " + id.asTyped() + " --when-safe"));
    }
    return String.join("\n", lines);
  }

  private void tell(KeyId id, RetirementView view, RetireKeyResponse answer) {
    if (isJson) {
      ObjectNode json = Keys.json(answer.getKey());
      json.put("scheduled", answer.getScheduled());
      json.set(
          "impact",
          answer.hasImpact()
              ? UsageView.of(answer.getImpact())
                  .json()
                  .put("owners", answer.getImpact().getOwners())
              : null);
      console.json(json);
      return;
    }
    console.line(Keys.one(console, answer.getKey()));
    if (answer.getScheduled()) {
      console.line("  will be retired by itself as soon as it is safe; now in the way:");
      view.plan().getObstaclesList().forEach(line -> console.line("  - " + Plain.line(line)));
      console.line("  To take that back:");
      console.line("  " + data.with("rekey keys retire " + id.asTyped() + " --cancel"));
    } else if (answer.hasImpact()) {
      console.line("  ended with it: " + UsageView.of(answer.getImpact()).text());
    }
  }
}
