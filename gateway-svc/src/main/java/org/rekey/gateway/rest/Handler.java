package org.rekey.gateway.rest;

/// Answers a call, now or later, on the event loop.
@FunctionalInterface
interface Handler {
  void answer(Call call) throws BadRequest;
}
