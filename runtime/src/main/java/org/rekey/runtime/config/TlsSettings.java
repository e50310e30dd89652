package org.rekey.runtime.config;

import java.nio.file.Path;

/// Mutual TLS between services. The caller's name is the one DNS subject alternative name of its
/// certificate that is not `localhost`.
public interface TlsSettings {
  /// PEM: this service's certificate, followed by its chain.
  Path certificate();

  /// PEM: its private key, unencrypted PKCS#8.
  Path key();

  /// PEM: the certificates of the authority that all services trust.
  Path ca();
}
