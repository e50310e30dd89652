package org.rekey.gateway.tls;

import java.nio.file.Path;

/// Where a certificate and its key are.
///
/// @param certificate PEM: the certificate, followed by its chain
/// @param key PEM: its private key
public record CertificateFiles(Path certificate, Path key) {}
