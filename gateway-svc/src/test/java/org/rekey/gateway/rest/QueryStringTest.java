package org.rekey.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rekey.proto.useradm.v1.ListUsersRequest;

class QueryStringTest {
  @Test
  void readsRepeatedNamesInTheirOrder() throws BadRequest {
    QueryString query = QueryString.parse("?id=b&email=A%40b+c&id=a&&empty=&bare");
    assertThat(query.all("id")).containsExactly("b", "a");
    assertThat(query.first("email")).hasValue("A@b c");
    assertThat(query.first("empty")).isEmpty();
    assertThat(query.all("bare")).containsExactly("");
    assertThat(query.all("none")).isEmpty();
    assertThat(QueryString.parse("?").values()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"?a=%", "?a=%4", "?a=%zz", "?%ff=1", "?a=%00", "?a=%C3"})
  void refusesWhatIsNotText(String query) {
    assertThatThrownBy(() -> QueryString.parse(query))
        .hasMessage("api: invalid form values: the query cannot be read");
  }

  @Test
  void randomQueriesAreReadOrRefused() {
    Random random = new Random(3);
    String alphabet = "ab01=&%+cfC3A9;?";
    for (int i = 0; i < 100_000; i++) {
      StringBuilder query = new StringBuilder("?");
      for (int n = random.nextInt(20); n > 0; n--) {
        query.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      try {
        UserFilters.of(QueryString.parse(query.toString()));
      } catch (BadRequest e) {
        assertThat(e.text()).startsWith("api: invalid form values: ");
      }
    }
  }

  @Test
  void makesFiltersOfUsers() throws BadRequest {
    ListUsersRequest filters =
        UserFilters.of(
            QueryString.parse(
                "?id=1&id=2&email=A@b&created_after=-5&created_before=1793534400"
                    + "&updated_after=0&updated_before=9223372036854775807"));
    assertThat(filters.getIdsList()).containsExactly("1", "2");
    assertThat(filters.getEmailsList()).containsExactly("A@b");
    assertThat(filters.getCreatedAfter().getSeconds()).isEqualTo(-5);
    assertThat(filters.getCreatedBefore().getSeconds()).isEqualTo(1_793_534_400);
    assertThat(filters.hasUpdatedAfter()).isTrue();
    assertThat(Times.text(filters.getUpdatedBefore())).isEqualTo("9999-12-31T23:59:59.000Z");
    assertThatThrownBy(() -> UserFilters.of(QueryString.parse("?created_after=soon")))
        .hasMessage("api: invalid form values: created_after: \"soon\" is not a number");
  }

  @Test
  void timesHaveMilliseconds() {
    assertThat(Times.text(Timestamp.newBuilder().setSeconds(0).setNanos(5_999_999).build()))
        .isEqualTo("1970-01-01T00:00:00.005Z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?tenant_id=t&user_id=",
        "?tenant_id=t&userid=u",
        "?tenant_id=t&user_id=u&user_id=v",
        "?tenant_id=t&User_Id=u"
      })
  void whatWouldMeanMoreThanWasMeantIsRefused(String query) throws BadRequest {
    QueryString parsed = QueryString.parse(query);
    assertThatThrownBy(() -> parsed.requireOnly("tenant_id", "user_id"))
        .isInstanceOf(BadRequest.class);
  }

  @Test
  void whatIsMeantIsTaken() throws BadRequest {
    QueryString.parse("?tenant_id=t&user_id=u").requireOnly("tenant_id", "user_id");
    QueryString.parse("?tenant_id=t").requireOnly("tenant_id", "user_id");
    QueryString.parse("").requireOnly("tenant_id", "user_id");
  }
}
