package org.rekey.bench.load;

import io.grpc.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.LoginRequest;
import org.rekey.proto.useradm.v1.LoginResponse;
import org.rekey.proto.useradm.v1.SessionsGrpc;
import org.rekey.proto.useradm.v1.UsersGrpc;

/// Tokens by real logins: signed by the keystore and entered in the registry, each one live.
public final class Logins {
  private static final String PASSWORD = "correct horse battery staple";

  /// As many sessions as a user may have.
  private static final int PER_USER = 10;

  /// Fewer than may wait for a password's hash.
  private static final int AT_ONCE = 32;

  private final UsersGrpc.UsersBlockingStub users;
  private final SessionsGrpc.SessionsBlockingStub sessions;

  private Logins(Channel useradm) {
    this.users = UsersGrpc.newBlockingStub(useradm);
    this.sessions = SessionsGrpc.newBlockingStub(useradm);
  }

  /// Makes users, and logs them in ten times each.
  public static List<String> make(Channel useradm, int count) {
    Logins logins = new Logins(useradm);
    Semaphore free = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<String>>> all = new ArrayList<>();
      for (int made = 0; made < count; made += PER_USER) {
        String email = "bench-%d@example.com".formatted(made);
        int tokens = Math.min(PER_USER, count - made);
        free.acquire();
        all.add(
            threads.submit(
                () -> {
                  try {
                    return logins.ofNewUser(email, tokens);
                  } finally {
                    free.release();
                  }
                }));
      }
      List<String> tokens = new ArrayList<>(count);
      for (Future<List<String>> ofUser : all) {
        tokens.addAll(ofUser.get());
      }
      return tokens;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while logging in", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a login failed", e);
    }
  }

  /// Makes users who have not logged in yet, and says how they do.
  public static List<LoginRequest> ofNewUsers(Channel useradm, int count) {
    Logins logins = new Logins(useradm);
    return IntStream.range(0, count)
        .mapToObj("password-%d@example.com"::formatted)
        .map(logins::ofNewUser)
        .toList();
  }

  private List<String> ofNewUser(String email, int count) {
    LoginRequest request = ofNewUser(email);
    return Stream.generate(() -> login(request)).limit(count).toList();
  }

  private LoginRequest ofNewUser(String email) {
    CreateUserResponse made =
        users.createUser(
            CreateUserRequest.newBuilder().setEmail(email).setPassword(PASSWORD).build());
    if (!made.hasUser()) {
      throw new IllegalStateException(email + ": " + made.getRefused().getProblem());
    }
    return LoginRequest.newBuilder().setEmail(email).setPassword(PASSWORD).build();
  }

  private String login(LoginRequest request) {
    LoginResponse response = sessions.login(request);
    if (!response.hasIssued()) {
      throw new IllegalStateException(
          "login: " + response.getOutcomeCase() + " (expected: ISSUED)");
    }
    return response.getIssued().getToken();
  }
}
