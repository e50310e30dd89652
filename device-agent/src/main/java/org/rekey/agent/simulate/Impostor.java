package org.rekey.agent.simulate;

import java.util.List;
import org.rekey.agent.auth.Answer;
import org.rekey.agent.auth.Authorizer;
import org.rekey.agent.auth.DeviceIdentity;
import org.rekey.agent.auth.Member;
import org.rekey.agent.http.Reply;
import org.rekey.agent.http.ServerCalls;
import org.rekey.agent.key.AgentKey;
import org.rekey.agent.key.KeyType;
import org.rekey.agent.key.MemoryKeys;
import org.slf4j.helpers.NOPLogger;

/// Somebody with a key that is not, or not any more, a device's, or with what one has sent.
public final class Impostor {
  /// How every JWT begins.
  private static final String TOKEN = "eyJ";

  private final String server;
  private final ServerCalls calls;

  public Impostor(String server, ServerCalls calls) {
    this.server = server;
    this.calls = calls;
  }

  /// Whether this key gets a token for this identity.
  public boolean getsIn(String identity, AgentKey key) {
    MemoryKeys keys = new MemoryKeys();
    keys.putFirst(key);
    Answer answer =
        new Authorizer(
                List.of(server),
                () -> new Member(new DeviceIdentity(identity)),
                keys,
                KeyType.ED25519,
                calls,
                _ -> {},
                NOPLogger.NOP_LOGGER)
            .ask();
    return answer instanceof Answer.Issued;
  }

  /// Whether the same request once more is answered with a token.
  ///
  /// @throws IllegalStateException when nobody answers: that says nothing
  public boolean getsInWith(ServerCalls.Posted recorded) {
    try {
      Reply reply = calls.post(recorded.url(), recorded.headers(), recorded.body());
      return reply.status() == 200 && reply.body().startsWith(TOKEN);
    } catch (ServerCalls.Unreachable e) {
      throw new IllegalStateException("the server: " + e.getMessage(), e);
    }
  }
}
