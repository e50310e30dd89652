package org.rekey.gateway.rest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentTypeTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON",
        " application/json ",
        "application/json; charset=UTF-8",
        "application/json;charset=utf-8;a=b",
        "application/json; charset=\"utf-8\"",
        "application/json;"
      })
  void jsonWithAnyParametersIsTaken(String header) {
    assertThat(ContentType.problem(header, ContentType.JSON)).isEmpty();
  }

  /// As long as a header may be, and of the parts that a regular expression could stumble over.
  @ParameterizedTest
  @ValueSource(strings = {"x", "\\a", "\\\"", "x\\a", " "})
  void aLongParameterIsReadLikeAShortOne(String part) {
    String value = part.repeat(16_384 / part.length());
    assertThat(ContentType.problem("application/json; a=\"" + value + "\"", ContentType.JSON))
        .isEmpty();
    assertThat(ContentType.problem("application/json; a=\"" + value, ContentType.JSON)).isPresent();
    assertThat(ContentType.problem("application/json;" + "a".repeat(16_384), ContentType.JSON))
        .isPresent();
    assertThat(ContentType.problem("application/json" + ";".repeat(16_384), ContentType.JSON))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json-patch+json",
        "application/jsonx",
        "json"
      })
  void anotherTypeIs415(String header) {
    assertThat(ContentType.problem(header, ContentType.JSON))
        .hasValue(new ContentType.Problem(415, "Bad Content-Type, expected 'application/json'"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | mime: no media type",
        "' ' | mime: no media type",
        "application/ | mime: expected a media type",
        "application/json, text/plain | mime: expected a media type",
        "application/json; charset | mime: invalid media parameter",
        "application/json; =x | mime: invalid media parameter",
        "application/json; a=1; A=2 | mime: invalid media parameter",
        "application/json; a=\"x | mime: invalid media parameter"
      })
  void whatCannotBeReadIs400(String header, String why) {
    assertThat(ContentType.problem(header, ContentType.JSON))
        .hasValue(new ContentType.Problem(400, "Invalid value for Content-Type header: " + why));
  }

  @Test
  void aMissingHeaderIs400() {
    assertThat(ContentType.problem(null, ContentType.JSON))
        .hasValue(
            new ContentType.Problem(
                400, "Invalid value for Content-Type header: mime: no media type"));
  }
}
