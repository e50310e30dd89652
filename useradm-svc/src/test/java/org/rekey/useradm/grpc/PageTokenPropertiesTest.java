package org.rekey.useradm.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Base64;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.rekey.useradm.UserPosition;

/// What holds for every text that somebody may send as a page token.
class PageTokenPropertiesTest {

  @Property
  void comesBackAsItWasGivenOut(
      @ForAll("ids") String id,
      @ForAll @LongRange(min = -62_135_596_800L, max = 253_402_300_799L) long second) {
    UserPosition position = new UserPosition(Instant.ofEpochSecond(second, 123_456_000), id);
    String token = PageToken.of(position);
    assertThat(token).hasSizeLessThanOrEqualTo(256).matches("[A-Za-z0-9_-]+");
    assertThat(PageToken.read(token)).contains(position);
  }

  @Property
  void isNoneOrOneThatTheDatabaseCanHold(@ForAll @Size(min = 1, max = 200) byte[] bytes) {
    bytes[0] = bytes[0] > 0 ? 1 : bytes[0];
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    PageToken.read(text)
        .ifPresent(
            position -> {
              assertThat(position.id()).matches("[!-~]{1,128}");
              assertThat(position.createdAt()).isBetween(Times.MIN, Times.MAX);
            });
  }

  @Property
  void isNeverAnError(@ForAll String text) {
    assertThat(PageToken.read(text)).isNotNull();
  }

  @Provide
  Arbitrary<String> ids() {
    return Arbitraries.strings().withCharRange('!', '~').ofMinLength(1).ofMaxLength(128);
  }
}
