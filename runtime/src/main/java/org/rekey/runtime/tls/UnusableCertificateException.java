package org.rekey.runtime.tls;

/// A file of certificates or keys that cannot be used; the message says why and what is expected.
public final class UnusableCertificateException extends Exception {
  private static final long serialVersionUID = 1L;

  public UnusableCertificateException(String message) {
    super(message);
  }
}
