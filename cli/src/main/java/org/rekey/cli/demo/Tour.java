package org.rekey.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.rekey.cli.CommandFailed;
import org.rekey.cli.client.Operator;
import org.rekey.cli.client.VerifiedLog;
import org.rekey.cli.client.VerifierMap;
import org.rekey.cli.local.KeyMaterial;
import org.rekey.proto.keystore.v1.ActivateKeyRequest;
import org.rekey.proto.keystore.v1.GenerateKeyRequest;
import org.rekey.proto.keystore.v1.PlanRetirementRequest;
import org.rekey.proto.keystore.v1.PlanRetirementResponse;
import org.rekey.proto.keystore.v1.RetireKeyRequest;
import org.rekey.verifier.map.KnownKey;

/// Issue, rotate, both verify, retire, refused: over real HTTPS, with clients that go on asking all
/// the while.
public final class Tour {
  private static final String RING = "useradm";
  private static final long MENDERS_EXAMPLE = 5539;
  private static final String REASON = "rekey demo";
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(10);
  private static final long PROMISED_MILLIS = 1_000;
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;

  private final Operator operator;
  private final boolean isOwnInstance;
  private final Story story;
  private final String email;
  private final String password;

  Tour(Operator operator, boolean isOwnInstance, Story story, SecureRandom random) {
    this.operator = operator;
    this.isOwnInstance = isOwnInstance;
    this.story = story;
    this.email = "tour-" + hex(random) + "@example.com";
    this.password = hex(random) + hex(random);
  }

  void walk() {
    try (var gateway = new GatewayClient(operator.run().gateway(), Path.of(operator.run().ca()))) {
      KnownKey before = activeKey();
      long first = isOwnInstance ? before.kid() : ownFirstKey();
      Token old = issue(gateway, first);
      refuseForgeries(gateway, old);
      long second;
      try (var traffic = new Traffic(gateway, old)) {
        story.chapter("Rotate, with clients that go on asking");
        second = announce();
        activate(second);
        Token fresh = bothVerify(gateway, old, second);
        traffic.use(old, fresh);
        story.say("… and for two seconds with both kinds of tokens");
        sleep(Duration.ofSeconds(2));
        retire(gateway, traffic, old, fresh, first);
        sleep(Duration.ofSeconds(1));
        traffic.stop();
        story.step(traffic.isClean(), traffic.ledger());
      }
      if (!isOwnInstance) {
        leaveAsFound(before.kid(), second);
      }
      checkLog();
    }
  }

  private Token issue(GatewayClient gateway, long kid) {
    story.chapter("Issue");
    operator.accounts().create(email, password);
    story.step(true, "a user: " + email);
    story.step(gateway.login(email, "wrong-" + password).isEmpty(), "a wrong password is refused");
    long started = System.nanoTime();
    Token token = login(gateway);
    story.step(
        token.kid().equals(Long.toString(kid)),
        "logged in; the token's header: " + token.header(),
        millisSince(started));
    int status = gateway.hello(token.text());
    story.step(
        GatewayClient.isLetThrough(status),
        "GET %s: %d%s"
            .formatted(
                GatewayClient.HELLO,
                status,
                status == OK
                    ? ", answered by a service behind the gateway"
                    : ", let through to no service (the gateway has no route there)"));
    return token;
  }

  private Token login(GatewayClient gateway) {
    return Token.of(
        gateway
            .login(email, password)
            .orElseThrow(() -> new CommandFailed("the gateway refuses the user just made")));
  }

  private void refuseForgeries(GatewayClient gateway, Token token) {
    int tampered = gateway.hello(token.tampered());
    story.step(tampered == UNAUTHORIZED, "the same token with one character changed: " + tampered);
    int unsigned = gateway.hello(token.unsigned());
    story.step(unsigned == UNAUTHORIZED, "the same claims with \"alg\":\"none\": " + unsigned);
  }

  /// A new key file, as Mender's page has it, then the way of the news to every verifier.
  private long announce() {
    long kid = freeKid();
    Path file = keyFile(kid);
    makeKeyFile(file);
    long started = System.nanoTime();
    await("the key log has kid " + kid, () -> operator.log().head().find(RING, kid).isPresent());
    long epoch = operator.log().head().find(RING, kid).map(KnownKey::epoch).orElse(0L);
    story.step(true, "announced (event %d of the key log)".formatted(epoch), millisSince(started));
    await("every verifier has kid " + kid, () -> isAppliedEverywhere(epoch));
    long slowest = slowestVerifierMillis();
    story.step(
        slowest < PROMISED_MILLIS, "from there to the kid map of the slowest verifier", slowest);
    showMaps();
    return kid;
  }

  private void activate(long kid) {
    long started = System.nanoTime();
    activateKey(kid);
    story.step(
        activeKey().kid() == kid,
        "activated: every verifier had acknowledged it, so no token can be unknown",
        millisSince(started));
  }

  private Token bothVerify(GatewayClient gateway, Token old, long kid) {
    story.chapter("Both verify");
    Token fresh = login(gateway);
    story.step(fresh.kid().equals(Long.toString(kid)), "a new login's header: " + fresh.header());
    int newStatus = gateway.hello(fresh.text());
    int oldStatus = gateway.hello(old.text());
    story.step(
        GatewayClient.isLetThrough(newStatus) && GatewayClient.isLetThrough(oldStatus),
        "the new token: %d, the old one: %d".formatted(newStatus, oldStatus));
    return fresh;
  }

  /// By removing the file, which is always obeyed.
  private void retire(GatewayClient gateway, Traffic traffic, Token old, Token fresh, long kid) {
    story.chapter("Retire");
    traffic.use(fresh);
    PlanRetirementResponse plan =
        operator
            .keys()
            .planRetirement(PlanRetirementRequest.newBuilder().setRing(RING).setKid(kid).build());
    story.step(
        plan.hasCountedAt() && !plan.getSafe(),
        "rekey keys retire %d --dry-run: %s"
            .formatted(kid, String.join("; ", plan.getObstaclesList())));
    Path file = fileOf(kid);
    story.say("rm " + file);
    long started = System.nanoTime();
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new CommandFailed(file + ": cannot be removed", e);
    }
    await("tokens of kid " + kid + " are refused", () -> gateway.hello(old.text()) == UNAUTHORIZED);
    long millis = millisSince(started);
    story.step(
        millis < PROMISED_MILLIS, "from the removal to the first refusal of the old token", millis);
    int status = gateway.hello(fresh.text());
    story.step(GatewayClient.isLetThrough(status), "the new token: " + status);
    long epoch = operator.log().head().find(RING, kid).map(KnownKey::epoch).orElse(0L);
    await("every verifier knows that kid " + kid + " is retired", () -> isAppliedEverywhere(epoch));
    showMaps();
  }

  private void checkLog() {
    story.chapter("What happened is written down");
    VerifiedLog log = operator.log();
    story.step(
        log.violations().isEmpty(),
        "key log: %d events, chain and signatures verified".formatted(log.events().size()));
  }

  /// In somebody else's instance the tour turns keys of its own, so that nobody's token is refused.
  private long ownFirstKey() {
    story.chapter("A key of the tour's own, so that yours stay as they are");
    long kid =
        operator
            .keysToMake()
            .generateKey(GenerateKeyRequest.newBuilder().setRing(RING).setReason(REASON).build())
            .getKey()
            .getKid();
    activateKey(kid);
    story.step(activeKey().kid() == kid, "kid %d signs".formatted(kid));
    return kid;
  }

  private void leaveAsFound(long before, long second) {
    story.chapter("Leave everything as it was");
    activateKey(before);
    operator
        .keys()
        .retireKey(
            RetireKeyRequest.newBuilder()
                .setRing(RING)
                .setKid(second)
                .setReason(REASON)
                .setForce(true)
                .build());
    try {
      Files.deleteIfExists(fileOf(second));
    } catch (IOException e) {
      throw new CommandFailed("the tour's own key file cannot be removed", e);
    }
    story.step(activeKey().kid() == before, "kid %d signs again".formatted(before));
  }

  private void activateKey(long kid) {
    operator
        .keys(LIMIT.toSeconds())
        .activateKey(
            ActivateKeyRequest.newBuilder().setRing(RING).setKid(kid).setReason(REASON).build());
  }

  private void showMaps() {
    for (VerifierMap verifier : operator.verifiers()) {
      if (verifier.reported().getLive()) {
        story.step(
            verifier.isProven(),
            "%s at event %d: %s"
                .formatted(
                    verifier.reported().getName(), verifier.reported().getEpoch(), keys(verifier)));
      }
    }
  }

  private static String keys(VerifierMap verifier) {
    return verifier.map().keys(RING).stream()
        .map(key -> "%d %s %s".formatted(key.kid(), key.alg().jwsName(), key.state()))
        .collect(Collectors.joining(", "));
  }

  private boolean isAppliedEverywhere(long epoch) {
    List<VerifierMap> live =
        operator.verifiers().stream().filter(v -> v.reported().getLive()).toList();
    return !live.isEmpty()
        && live.stream().allMatch(v -> v.reported().getEpoch() >= epoch && v.isProven());
  }

  /// As they measured it themselves, for the newest event.
  private long slowestVerifierMillis() {
    return operator.verifiers().stream()
        .filter(v -> v.reported().getLive())
        .mapToLong(VerifierMap::propagationMillis)
        .max()
        .orElse(0);
  }

  private KnownKey activeKey() {
    return operator
        .log()
        .head()
        .active(RING)
        .orElseThrow(() -> new CommandFailed("the ring useradm has no key that signs"));
  }

  private long freeKid() {
    long kid = MENDERS_EXAMPLE;
    while (operator.log().head().find(RING, kid).isPresent()) {
      kid++;
    }
    return kid;
  }

  private Path keyFile(long kid) {
    return directory().resolve("private.id." + kid + ".pem");
  }

  private Path fileOf(long kid) {
    return kid == 0 ? directory().resolve("private.pem") : keyFile(kid);
  }

  private Path directory() {
    return Path.of(operator.run().keyDirs().getOrDefault(RING, ""));
  }

  private void makeKeyFile(Path file) {
    story.say("openssl genrsa -out " + file + " 2048");
    try {
      Process process =
          new ProcessBuilder("openssl", "genrsa", "-out", file.toString(), "2048")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor() != 0) {
        throw new CommandFailed("openssl: exit code " + process.exitValue());
      }
    } catch (IOException e) {
      story.say("(no openssl here: the same file is written without it)");
      KeyMaterial.writeKey(file);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted", e);
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    long limit = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > limit) {
        throw new CommandFailed("after %d s still not so: %s".formatted(LIMIT.toSeconds(), what));
      }
      sleep(POLL);
    }
  }

  private static void sleep(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailed("interrupted", e);
    }
  }

  private static long millisSince(long started) {
    return (System.nanoTime() - started) / 1_000_000;
  }

  private static String hex(SecureRandom random) {
    byte[] bytes = new byte[6];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
