package org.rekey.cli.client;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import org.rekey.cli.CommandFailed;
import org.rekey.proto.useradm.v1.CreateUserRequest;
import org.rekey.proto.useradm.v1.CreateUserResponse;
import org.rekey.proto.useradm.v1.DeleteUserRequest;
import org.rekey.proto.useradm.v1.GetUserRequest;
import org.rekey.proto.useradm.v1.ListTokensRequest;
import org.rekey.proto.useradm.v1.ListUsersRequest;
import org.rekey.proto.useradm.v1.ListUsersResponse;
import org.rekey.proto.useradm.v1.PersonalAccessToken;
import org.rekey.proto.useradm.v1.RevokeAllTokensRequest;
import org.rekey.proto.useradm.v1.RevokeTokenRequest;
import org.rekey.proto.useradm.v1.SetPasswordRequest;
import org.rekey.proto.useradm.v1.SetPasswordResponse;
import org.rekey.proto.useradm.v1.User;
import org.rekey.proto.useradm.v1.UserRefusal;

/// The users of the running instance, and their tokens. What useradm-svc refuses fails the command,
/// with the reason that it gave.
public final class Accounts {
  private final Operator operator;

  Accounts(Operator operator) {
    this.operator = operator;
  }

  public User create(String email, String password) {
    CreateUserResponse answer =
        operator
            .users()
            .createUser(
                CreateUserRequest.newBuilder().setEmail(email).setPassword(password).build());
    return switch (answer.getOutcomeCase()) {
      case USER -> answer.getUser();
      case REFUSED -> throw refused(answer.getRefused());
      case OUTCOME_NOT_SET -> throw answerOfAnotherVersion();
    };
  }

  public User setPassword(String email, String password, boolean isRevokingTokens) {
    SetPasswordResponse answer =
        operator
            .users()
            .setPassword(
                SetPasswordRequest.newBuilder()
                    .setEmail(email)
                    .setPassword(password)
                    .setRevokePersonalAccessTokens(isRevokingTokens)
                    .build());
    return switch (answer.getOutcomeCase()) {
      case USER -> answer.getUser();
      case REFUSED -> throw refused(answer.getRefused());
      case OUTCOME_NOT_SET -> throw answerOfAnotherVersion();
    };
  }

  /// All that match, page by page.
  public List<User> list(ListUsersRequest filter) {
    List<User> users = new ArrayList<>();
    String page = "";
    do {
      ListUsersResponse answer =
          operator.users().listUsers(filter.toBuilder().setPageToken(page).build());
      users.addAll(answer.getUsersList());
      page = answer.getNextPageToken();
    } while (!page.isEmpty());
    return users;
  }

  /// By e-mail if there is an `@` in it, otherwise by id, which cannot have one.
  ///
  /// @throws CommandFailed when there is no such user
  public User find(String emailOrId) {
    if (emailOrId.contains("@")) {
      return list(ListUsersRequest.newBuilder().addEmails(emailOrId).build()).stream()
          .findFirst()
          .orElseThrow(() -> unknown(emailOrId));
    }
    try {
      return operator
          .users()
          .getUser(GetUserRequest.newBuilder().setId(emailOrId).build())
          .getUser();
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
        throw unknown(emailOrId);
      }
      throw e;
    }
  }

  public void delete(User user) {
    operator.users().deleteUser(DeleteUserRequest.newBuilder().setId(user.getId()).build());
  }

  public List<PersonalAccessToken> tokens(User user) {
    return operator
        .tokens()
        .listTokens(ListTokensRequest.newBuilder().setUserId(user.getId()).build())
        .getTokensList();
  }

  public void revoke(User user, String tokenId) {
    operator
        .tokens()
        .revokeToken(
            RevokeTokenRequest.newBuilder().setUserId(user.getId()).setTokenId(tokenId).build());
  }

  /// All tokens of one user; answers how many.
  public long revokeAll(User user) {
    return revokeAll(RevokeAllTokensRequest.newBuilder().setUserId(user.getId()));
  }

  /// All tokens of everybody; answers how many.
  public long revokeAll() {
    return revokeAll(RevokeAllTokensRequest.newBuilder().setEverybody(true));
  }

  private long revokeAll(RevokeAllTokensRequest.Builder whose) {
    return operator.tokens().revokeAllTokens(whose.build()).getRevoked();
  }

  private static CommandFailed unknown(String emailOrId) {
    return new CommandFailed(emailOrId + ": no such user (see: rekey users list)");
  }

  private static CommandFailed refused(UserRefusal refusal) {
    return new CommandFailed(
        refusal.getProblem().isEmpty() ? refusal.getRule().name() : refusal.getProblem());
  }

  private static CommandFailed answerOfAnotherVersion() {
    return new CommandFailed("useradm-svc gave an answer that this version does not know");
  }
}
