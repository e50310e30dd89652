package org.rekey.gateway.rest;

/// A call that breaks a rule of the API; its text is for the client, as an error with status 400.
final class BadRequest extends Exception {
  private static final long serialVersionUID = 1L;

  BadRequest(String text) {
    super(text, null, false, false);
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
