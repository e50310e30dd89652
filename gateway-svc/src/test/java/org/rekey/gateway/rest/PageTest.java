package org.rekey.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageTest {
  private static final PageLimits LIMITS = new PageLimits(20, 500);

  private static Page page(String query) throws BadRequest {
    return Page.of(QueryString.parse(query), LIMITS);
  }

  @Test
  void isTheFirstOneUnlessTheClientSays() throws BadRequest {
    assertThat(page("")).isEqualTo(new Page(1, 20));
    assertThat(page("?page=&per_page=")).isEqualTo(new Page(1, 20));
    assertThat(page("?page=3&per_page=500")).isEqualTo(new Page(3, 500));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?page=x | invalid page query: \"x\"",
        "?page=1.5 | invalid page query: \"1.5\"",
        "?page=99999999999999999999 | invalid page query: \"99999999999999999999\"",
        "?page=0 | invalid page query: value must be a non-zero positive integer",
        "?page=-1 | invalid page query: value must be a non-zero positive integer",
        "?per_page=x | invalid per_page query: \"x\"",
        "?per_page=0 | invalid per_page query: value must be a non-zero positive integer",
        "?per_page=501 | parameter \"per_page\" above limit (max: 500)",
        "?page=%zz | api: invalid form values: the query cannot be read"
      })
  void saysWhatIsWrong(String query, String error) {
    assertThatThrownBy(() -> page(query)).isInstanceOf(BadRequest.class).hasMessage(error);
  }

  @Test
  void doesNotSendALongValueBack() {
    assertThatThrownBy(() -> page("?page=" + "x".repeat(5000)))
        .hasMessage("invalid page query: \"" + "x".repeat(64) + "…\"");
  }

  @Test
  void hasOneLinkForEachRelation() throws BadRequest {
    QueryString query = QueryString.parse("?z=a%20b&page=2&a=%26&a=2");
    assertThat(page("?page=2").links("/plans", query, true))
        .containsExactly(
            "</plans?a=%26&a=2&page=1&per_page=20&z=a+b>; rel=\"first\"",
            "</plans?a=%26&a=2&page=1&per_page=20&z=a+b>; rel=\"prev\"",
            "</plans?a=%26&a=2&page=3&per_page=20&z=a+b>; rel=\"next\"");
    assertThat(page("").links("/plans", QueryString.parse(""), false))
        .containsExactly("</plans?page=1&per_page=20>; rel=\"first\"");
  }

  /// Walking from page to page shows every item once, whatever the size of the pages.
  @Test
  void pagesTogetherAreTheWholeList() throws BadRequest {
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      List<Integer> all = IntStream.range(0, random.nextInt(60)).boxed().toList();
      int perPage = 1 + random.nextInt(25);
      List<Integer> seen = new java.util.ArrayList<>();
      Page page = page("?per_page=" + perPage);
      seen.addAll(page.of(all));
      while (page.hasNext(all.size())) {
        page = page("?page=" + (page.number() + 1) + "&per_page=" + perPage);
        seen.addAll(page.of(all));
      }
      assertThat(seen).isEqualTo(all);
    }
  }

  @Test
  void aPageFarBeyondTheEndIsEmpty() throws BadRequest {
    Page page = page("?page=" + Long.MAX_VALUE + "&per_page=500");
    assertThat(page.of(List.of(1, 2, 3))).isEmpty();
    assertThat(page.hasNext(3)).isFalse();
  }
}
