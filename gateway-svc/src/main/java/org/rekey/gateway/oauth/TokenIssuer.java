package org.rekey.gateway.oauth;

import com.google.protobuf.UnsafeByteOperations;
import java.util.function.Consumer;
import org.rekey.gateway.route.Audience;
import org.rekey.gateway.rpc.UnaryCalls;
import org.rekey.proto.auth.v1.Accepted;
import org.rekey.proto.auth.v1.TokenVerifierGrpc;
import org.rekey.proto.auth.v1.VerifyRequest;
import org.rekey.proto.auth.v1.VerifyResponse;

/// One issuer, for one event loop.
///
/// @param audience whose tokens it issues
public record TokenIssuer(Audience audience, KeySets keys, UnaryCalls calls) {
  /// What the issuer says of a token.
  sealed interface Word {}

  record Good(String subject, String tokenId, Kind kind) implements Word {}

  record Bad() implements Word {}

  /// It cannot say now.
  record None() implements Word {}

  public static TokenIssuer of(Audience audience, UnaryCalls calls) {
    return new TokenIssuer(audience, new KeySets(calls), calls);
  }

  /// @param certificate that the token says to be bound to; empty if it says none
  void judge(byte[] token, byte[] certificate, Consumer<Word> then) {
    calls.ask(
        TokenVerifierGrpc.getVerifyMethod(),
        VerifyRequest.newBuilder()
            .setToken(UnsafeByteOperations.unsafeWrap(token))
            .setCertificateSha256(UnsafeByteOperations.unsafeWrap(certificate))
            .build(),
        answer -> then.accept(word(answer)),
        _ -> then.accept(new None()));
  }

  private static Word word(VerifyResponse answer) {
    return switch (answer.getVerdictCase()) {
      case ACCEPTED -> {
        Accepted accepted = answer.getAccepted();
        yield new Good(accepted.getSubject(), accepted.getTokenId(), Kind.of(accepted.getKind()));
      }
      case REFUSED -> new Bad();
      case UNAVAILABLE, VERDICT_NOT_SET -> new None();
    };
  }

  /// What sort of token it is.
  public enum Kind {
    USER_SESSION,
    PERSONAL_ACCESS_TOKEN,
    DEVICE;

    private static Kind of(Accepted.Kind kind) {
      return switch (kind) {
        case KIND_PERSONAL_ACCESS_TOKEN -> PERSONAL_ACCESS_TOKEN;
        case KIND_DEVICE -> DEVICE;
        case KIND_USER_SESSION, KIND_UNSPECIFIED, UNRECOGNIZED -> USER_SESSION;
      };
    }
  }
}
