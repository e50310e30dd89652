package org.rekey.gateway.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Which page of a list a client asks for, from 1.
record Page(long number, int perPage) {
  static Page of(QueryString query, PageLimits limits) throws BadRequest {
    long number = positive(query, "page", 1);
    long perPage = positive(query, "per_page", limits.perPage());
    if (perPage > limits.maxPerPage()) {
      throw new BadRequest("parameter \"per_page\" above limit (max: " + limits.maxPerPage() + ")");
    }
    return new Page(number, (int) perPage);
  }

  <T> List<T> of(List<T> all) {
    boolean beyond = number - 1 > all.size();
    return beyond ? List.of() : all.stream().skip((number - 1) * perPage).limit(perPage).toList();
  }

  boolean hasNext(int total) {
    return number < total && number * perPage < total;
  }

  /// The values of `Link`, one for each relation: `<path?query>; rel="first"`. The query's names
  /// are in alphabetical order; what else the client asked for is kept.
  List<String> links(String path, QueryString query, boolean hasNext) {
    List<String> links = new ArrayList<>();
    links.add(link(path, query, 1, "first"));
    if (number > 1) {
      links.add(link(path, query, number - 1, "prev"));
    }
    if (hasNext) {
      links.add(link(path, query, number + 1, "next"));
    }
    return links;
  }

  private String link(String path, QueryString query, long page, String relation) {
    Map<String, List<String>> values = new TreeMap<>(query.values());
    values.put("page", List.of(Long.toString(page)));
    values.put("per_page", List.of(Integer.toString(perPage)));
    List<String> pairs = new ArrayList<>();
    values.forEach(
        (name, all) ->
            all.forEach(
                value -> pairs.add(Percent.encodeForm(name) + "=" + Percent.encodeForm(value))));
    return "<" + path + "?" + String.join("&", pairs) + ">; rel=\"" + relation + "\"";
  }

  private static long positive(QueryString query, String name, long otherwise) throws BadRequest {
    Optional<String> text = query.first(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    long value;
    try {
      value = Long.parseLong(text.get());
    } catch (NumberFormatException e) {
      throw new BadRequest("invalid " + name + " query: " + QueryString.quoted(text.get()));
    }
    if (value < 1) {
      throw new BadRequest("invalid " + name + " query: value must be a non-zero positive integer");
    }
    return value;
  }
}
