package org.rekey.agent.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.rekey.agent.http.Reply;
import org.rekey.agent.http.ServerCalls;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.key.KeyPlace;
import org.rekey.agent.key.KeyProof;
import org.rekey.agent.key.KeyType;
import org.slf4j.Logger;

/// Asks for tokens, and changes the device's key when a server says that its owner wants it so. One
/// call at a time.
///
/// At every moment one of the keys in the [KeyPlace] gets in: the old one goes when the new one
/// has got a token, and the new one goes only when the same server refuses it and takes the old
/// one.
public final class Authorizer {
  private static final String AUTH_REQUESTS = "/api/devices/v1/authentication/auth_requests";
  private static final String KEY_ROTATIONS = "/api/devices/v1/authentication/key_rotations";
  private static final String CHALLENGE = "X-Rekey-Key-Rotation";
  private static final int CONFLICT = 409;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> servers;
  private final Supplier<Member> member;
  private final KeyPlace keys;
  private final KeyType newKeys;
  private final ServerCalls calls;
  private final Consumer<RotationStep> passed;
  private final Logger log;
  private final AtomicBoolean hasTold = new AtomicBoolean();

  /// @param servers URLs without a slash at the end, asked in this order
  /// @param member asked anew each time
  /// @param newKeys what kind of keys are made here
  /// @param passed told of each step of a change of keys
  /// @param log where it is told what happens to the key
  public Authorizer(
      List<String> servers,
      Supplier<Member> member,
      KeyPlace keys,
      KeyType newKeys,
      ServerCalls calls,
      Consumer<RotationStep> passed,
      Logger log) {
    this.servers = List.copyOf(servers);
    this.member = member;
    this.keys = keys;
    this.newKeys = newKeys;
    this.calls = calls;
    this.passed = passed;
    this.log = log;
  }

  /// @throws org.rekey.agent.AgentFailure when something about the device must be mended first
  public Answer ask() {
    AgentKey current = currentOrFirst();
    Member asking = member.get();
    Optional<KeyPlace.Successor> successor = keys.successor();
    if (successor.isPresent() && successor.get().offered()) {
      Asked asked = ask(asking, successor.get().key());
      if (!(asked instanceof NotAllowed)) {
        return asked instanceof Allowed allowed ? committed(allowed) : asked.answer();
      }
    }
    Asked asked = ask(asking, current);
    if (!(asked instanceof Allowed allowed)) {
      return asked.answer();
    }
    if (!allowed.challenge().isEmpty()) {
      return rotate(asking, current, allowed);
    }
    if (successor.isPresent()) {
      keys.discardSuccessor();
      log.warn("no server knows the new key any more: the device goes on with the old one");
    }
    return allowed.answer();
  }

  private AgentKey currentOrFirst() {
    return keys.current()
        .orElseGet(
            () -> {
              AgentKey first = AgentKey.generate(newKeys);
              keys.putFirst(first);
              log.atInfo().addKeyValue("type", newKeys).log("the device has a key now");
              return first;
            });
  }

  private Answer committed(Allowed allowed) {
    keys.commit();
    log.info("the device has changed its key");
    passed.accept(RotationStep.COMMITTED);
    return allowed.answer();
  }

  /// @param allowed with the key that is to go
  private Answer rotate(Member asking, AgentKey current, Allowed allowed) {
    if (!keys.isOurs()) {
      if (!hasTold.getAndSet(true)) {
        log.warn(
            "the device is to change its key, but somebody has configured it (AuthPrivateKey or"
                + " HttpsClient.Key): it stays as it is");
      }
      return allowed.answer();
    }
    passed.accept(RotationStep.ORDER_RECEIVED);
    AgentKey fresh = freshSuccessor();
    passed.accept(RotationStep.SUCCESSOR_WRITTEN);
    AuthRequest offer =
        AuthRequest.withProof(asking, current, KeyProof.of(fresh, current, allowed.challenge()));
    Reply reply;
    try {
      reply = post(allowed.token().server(), KEY_ROTATIONS, offer, asking);
    } catch (ServerCalls.Unreachable e) {
      return new Answer.Issued(allowed.token(), true);
    }
    passed.accept(RotationStep.OFFER_ANSWERED);
    if (reply.status() != 200) {
      return notTaken(allowed, reply);
    }
    keys.markOffered();
    passed.accept(RotationStep.OFFER_NOTED);
    Asked asked = askAt(allowed.token().server(), asking, fresh);
    passed.accept(RotationStep.TOKEN_ANSWERED);
    return asked instanceof Allowed changed
        ? committed(changed)
        : new Answer.Issued(allowed.token(), true);
  }

  /// One that was offered and refused has had its chance; one that never got that far still has it.
  private AgentKey freshSuccessor() {
    Optional<KeyPlace.Successor> left = keys.successor();
    if (left.isPresent() && !left.get().offered()) {
      return left.get().key();
    }
    keys.discardSuccessor();
    AgentKey fresh = AgentKey.generate(newKeys);
    keys.putSuccessor(fresh);
    return fresh;
  }

  private Answer notTaken(Allowed allowed, Reply reply) {
    boolean isForGood = reply.status() / 100 == 4 && reply.status() != 429;
    log.atWarn()
        .addKeyValue("status", reply.status())
        .addKeyValue("error", said(reply))
        .log("the server has not taken the new key");
    if (isForGood) {
      keys.discardSuccessor();
    }
    // The order may be a later one than the key: another key is offered soon, not when the token
    // ends.
    return new Answer.Issued(allowed.token(), !isForGood || reply.status() == CONFLICT);
  }

  private Asked ask(Member asking, AgentKey key) {
    List<String> refusals = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    for (String server : servers) {
      switch (askAt(server, asking, key)) {
        case Allowed allowed -> {
          return allowed;
        }
        case NotAllowed(String why) -> refusals.add(why);
        case NoAnswer(String why) -> failures.add(why);
      }
    }
    return refusals.isEmpty()
        ? new NoAnswer(String.join("; ", failures))
        : new NotAllowed(String.join("; ", refusals));
  }

  private Asked askAt(String server, Member asking, AgentKey key) {
    Reply reply;
    try {
      reply = post(server, AUTH_REQUESTS, AuthRequest.of(asking, key), asking);
    } catch (ServerCalls.Unreachable e) {
      return new NoAnswer(server + ": " + e.getMessage());
    }
    return switch (reply.status()) {
      case 200 ->
          reply.body().isBlank()
              ? new NoAnswer(server + ": an empty token")
              : new Allowed(new Token(reply.body().strip(), server), reply.header(CHALLENGE));
      case 401 -> new NotAllowed(server + ": " + said(reply));
      default -> new NoAnswer(server + ": answered " + reply.status() + " " + said(reply));
    };
  }

  private Reply post(String server, String path, AuthRequest request, Member asking)
      throws ServerCalls.Unreachable {
    return calls.post(
        server + path,
        Map.of(
            "Content-Type", "application/json",
            "X-MEN-Signature", request.signature(),
            "Authorization", ("Bearer " + asking.tenantToken()).strip()),
        request.body());
  }

  /// The `error` of a JSON body, else nothing: a body may hold anything.
  private static String said(Reply reply) {
    try {
      return JSON.readTree(reply.body()).path("error").asText();
    } catch (JsonProcessingException e) {
      return "";
    }
  }

  /// What one server, or all, said to one key.
  private sealed interface Asked {
    Answer answer();
  }

  /// @param challenge empty: the key is to stay
  private record Allowed(Token token, String challenge) implements Asked {
    @Override
    public Answer answer() {
      return new Answer.Issued(token, false);
    }
  }

  private record NotAllowed(String why) implements Asked {
    @Override
    public Answer answer() {
      return new Answer.Refused(why);
    }
  }

  private record NoAnswer(String why) implements Asked {
    @Override
    public Answer answer() {
      return new Answer.Unreachable(why);
    }
  }
}
