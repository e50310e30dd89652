package org.rekey.gateway.upload;

import java.io.IOException;

/// An upload is not what its route wants. The message is for the client.
final class UploadRefused extends IOException {
  private static final long serialVersionUID = 1L;

  UploadRefused(String message) {
    super(message);
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
