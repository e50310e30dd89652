package org.rekey.gateway.oauth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.rekey.gateway.route.Audience;

/// Whether a token is good and live, whoever has issued it. Its own `iss` only says whom to ask; it
/// is believed when that issuer has accepted the token.
///
/// For one event loop.
public final class TokenJudge {
  private final List<TokenIssuer> issuers;

  public TokenJudge(List<TokenIssuer> issuers) {
    this.issuers = List.copyOf(issuers);
  }

  /// What is known of a token.
  public sealed interface Judgement {}

  /// Good and live, now.
  ///
  /// @param claims of the token, which the issuer has accepted
  public record Active(
      Audience audience, String subject, String tokenId, TokenIssuer.Kind kind, JsonNode claims)
      implements Judgement {}

  public record Inactive() implements Judgement {}

  /// It may be good or not: who asks may not know.
  public record NotTold() implements Judgement {}

  /// Nobody can say now.
  public record Unknown() implements Judgement {}

  /// @param may whose tokens who asks may know about
  /// @param then called once, on the event loop
  public void judge(String token, Predicate<Audience> may, Consumer<Judgement> then) {
    Optional<JsonNode> claims = UnverifiedClaims.of(token);
    Optional<String> issuer =
        claims.map(all -> all.path("iss")).filter(JsonNode::isTextual).map(JsonNode::textValue);
    if (claims.isEmpty() || issuer.isEmpty()) {
      then.accept(new Inactive());
    } else {
      new Search(token.getBytes(US_ASCII), claims.get(), issuer.get(), may, then).next();
    }
  }

  /// Asks one issuer after the other: two rings may have the same `iss`.
  private final class Search {
    private final byte[] token;
    private final JsonNode claims;
    private final String issuer;
    private final Predicate<Audience> may;
    private final Consumer<Judgement> then;
    private final List<TokenIssuer> left = new ArrayList<>(issuers);
    private boolean isUnsure;
    private boolean isNotTold;

    Search(
        byte[] token,
        JsonNode claims,
        String issuer,
        Predicate<Audience> may,
        Consumer<Judgement> then) {
      this.token = token;
      this.claims = claims;
      this.issuer = issuer;
      this.may = may;
      this.then = then;
    }

    void next() {
      if (left.isEmpty()) {
        then.accept(isUnsure ? new Unknown() : isNotTold ? new NotTold() : new Inactive());
        return;
      }
      TokenIssuer asked = left.removeFirst();
      asked.keys().ask(keys -> ask(asked, keys), _ -> unsure());
    }

    private void ask(TokenIssuer asked, KeySet keys) {
      if (!keys.issuer().equals(issuer)) {
        next();
      } else if (!may.test(asked.audience())) {
        isNotTold = true;
        next();
      } else {
        // Who asks does not hold the token. Whether its holder has the certificate is for who asks
        // to
        // see, by the answer's `cnf` (RFC 8705 §3.2).
        byte[] certificate = UnverifiedClaims.certificate(claims);
        asked.judge(token, certificate, word -> heard(asked, word));
      }
    }

    private void heard(TokenIssuer asked, TokenIssuer.Word word) {
      switch (word) {
        case TokenIssuer.Good good ->
            then.accept(
                new Active(asked.audience(), good.subject(), good.tokenId(), good.kind(), claims));
        case TokenIssuer.Bad _ -> next();
        case TokenIssuer.None _ -> unsure();
      }
    }

    private void unsure() {
      isUnsure = true;
      next();
    }
  }
}
