package org.rekey.gateway.rest;

import java.util.Optional;
import org.rekey.proto.useradm.v1.ListUsersRequest;

/// The filters of a list of users: `id` and `email` any number of times; times in seconds since
/// 1970.
final class UserFilters {
  private UserFilters() {}

  static ListUsersRequest of(QueryString query) throws BadRequest {
    ListUsersRequest.Builder filters =
        ListUsersRequest.newBuilder().addAllIds(query.all("id")).addAllEmails(query.all("email"));
    Optional<Long> createdAfter = query.number("created_after");
    Optional<Long> createdBefore = query.number("created_before");
    Optional<Long> updatedAfter = query.number("updated_after");
    Optional<Long> updatedBefore = query.number("updated_before");
    createdAfter.map(Times::ofSeconds).ifPresent(filters::setCreatedAfter);
    createdBefore.map(Times::ofSeconds).ifPresent(filters::setCreatedBefore);
    updatedAfter.map(Times::ofSeconds).ifPresent(filters::setUpdatedAfter);
    updatedBefore.map(Times::ofSeconds).ifPresent(filters::setUpdatedBefore);
    return filters.build();
  }
}
