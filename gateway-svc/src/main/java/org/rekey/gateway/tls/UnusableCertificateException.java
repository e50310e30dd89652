package org.rekey.gateway.tls;

/// A certificate or key that cannot be served; the message says why and what is expected.
public final class UnusableCertificateException extends Exception {
  private static final long serialVersionUID = 1L;

  UnusableCertificateException(String message) {
    super(message);
  }
}
