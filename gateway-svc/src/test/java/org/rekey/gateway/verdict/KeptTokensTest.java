package org.rekey.gateway.verdict;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rekey.proto.auth.v1.VerifyBatch;

class KeptTokensTest {
  private static final byte[] NONE = {};

  private final KeptTokens kept = new KeptTokens();
  private long lastId;

  private String question(String token) {
    return VerdictClientTest.text(kept.question(++lastId, token.getBytes(US_ASCII), NONE));
  }

  private void accepted(String... tokens) {
    for (String token : tokens) {
      kept.accepted(token.getBytes(US_ASCII));
    }
  }

  private List<String> questions(String... tokens) {
    List<String> all = new ArrayList<>();
    for (String token : tokens) {
      all.add(question(token));
    }
    return all;
  }

  @Test
  void aTokenThatWasAcceptedIsSentOnceMoreAndThenKept() {
    kept.room(10);
    assertThat(question("a")).isEqualTo("a");
    accepted("a");
    assertThat(questions("a", "a", "a")).containsExactly("a@1", "@1", "@1");
  }

  @Test
  void aTokenThatWasNotAcceptedIsNotKept() {
    kept.room(10);
    assertThat(questions("a", "a", "a")).containsExactly("a", "a", "a");
  }

  @Test
  void anIssuerWithoutPlacesIsSentEveryToken() {
    accepted("a");
    kept.room(0);
    accepted("a");
    assertThat(questions("a", "a")).containsExactly("a", "a");
  }

  @Test
  void aTokenThatIsAcceptedAgainStaysWhereItIs() {
    kept.room(10);
    accepted("a", "b", "a");
    assertThat(questions("a", "b")).containsExactly("a@1", "b@2");
    accepted("a", "b");
    assertThat(questions("a", "b")).containsExactly("@1", "@2");
  }

  @Test
  void theTokenThatWasNotAskedAboutForLongestMakesRoom() {
    kept.room(2);
    accepted("a", "b");
    assertThat(questions("a", "b", "a")).containsExactly("a@1", "b@2", "@1");
    accepted("c");
    assertThat(questions("c", "a", "b", "c")).containsExactly("c@2", "@1", "b", "@2");
  }

  @Test
  void aTokenWithoutAVerdictIsSentOnceMore() {
    kept.room(2);
    accepted("a");
    assertThat(questions("a", "a")).containsExactly("a@1", "@1");
    kept.unanswered("a".getBytes(US_ASCII));
    kept.unanswered("b".getBytes(US_ASCII));
    assertThat(questions("a", "a", "b")).containsExactly("a@1", "@1", "b");
  }

  @Test
  void aLongTokenIsSentEachTime() {
    kept.room(2);
    String longest = "a".repeat(2048);
    String longer = "a".repeat(2049);
    accepted(longest, longer);
    assertThat(questions(longest, longest)).containsExactly(longest + "@1", "@1");
    assertThat(questions(longer, longer)).containsExactly(longer, longer);
  }

  @Test
  void anIssuerCannotHaveItRememberWithoutBound() {
    kept.room(1_000_000);
    for (int i = 0; i <= 1024; i++) {
      accepted("t" + i);
    }
    assertThat(questions("t1024", "t0")).containsExactly("t1024@1", "t0");
  }

  @Test
  void theCertificateGoesWithEveryQuestion() {
    kept.room(2);
    accepted("a");
    byte[] token = {'a'};
    byte[] certificate = {7};
    for (int i = 0; i < 2; i++) {
      VerifyBatch.Item item = kept.question(i, token, certificate);
      assertThat(item.getRequest().getCertificateSha256().toByteArray()).isEqualTo(certificate);
    }
  }
}
