package org.rekey.gateway.rest;

import org.rekey.gateway.http.RequestScope;

/// How an error is told: as Mender does, or as OAuth does.
@FunctionalInterface
interface ErrorShape {
  void answer(RequestScope scope, int status, String text);
}
