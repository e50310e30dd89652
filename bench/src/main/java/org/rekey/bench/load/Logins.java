package org.rekey.bench.load;

import io.grpc.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.LoginRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.SessionsGrpc;
import org.rekey.proto.useradm.v1.UsersGrpc;

/// Tokens by real logins: signed by the keystore and entered in the registry, each one live.
public final class Logins {
  private static final String EMAIL = "bench@example.com";
  private static final String PASSWORD = "correct horse battery staple";

  /// Fewer than may wait for a password's hash.
  private static final int AT_ONCE = 32;

  private Logins() {}

  /// Makes a user and logs in as often as told.
  public static List<String> make(Channel useradm, int count) {
    UsersGrpc.newBlockingStub(useradm)
        .createUser(CreateUserRequest.newBuilder().setEmail(EMAIL).setPassword(PASSWORD).build());
    SessionsGrpc.SessionsBlockingStub sessions = SessionsGrpc.newBlockingStub(useradm);
    Semaphore free = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> logins = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        free.acquire();
        logins.add(
            threads.submit(
                () -> {
                  try {
                    return login(sessions);
                  } finally {
                    free.release();
                  }
                }));
      }
      List<String> tokens = new ArrayList<>(count);
      for (Future<String> login : logins) {
        tokens.add(login.get());
      }
      return tokens;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while logging in", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a login failed", e);
    }
  }

  private static String login(SessionsGrpc.SessionsBlockingStub sessions) {
    LoginResponse response =
        sessions.login(LoginRequest.newBuilder().setEmail(EMAIL).setPassword(PASSWORD).build());
    if (!response.hasIssued()) {
      throw new IllegalStateException(
          "login: " + response.getOutcomeCase() + " (expected: ISSUED)");
    }
    return response.getIssued().getToken();
  }
}
