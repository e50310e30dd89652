package org.rekey.gateway.tls;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509KeyManager;
import org.rekey.runtime.tls.CertificateChain;
import org.rekey.runtime.tls.UnusableCertificateException;

/// A certificate and its key, read and found to belong together.
///
/// @param told the certificate as operators want to know it
record CertificatePair(Buffer certificate, Buffer key, ServedCertificate told) {

  /// @throws UnusableCertificateException when it would not do for clients
  static CertificatePair parse(
      Vertx vertx, CertificateFiles files, byte[] certificate, byte[] key, Instant now)
      throws UnusableCertificateException {
    var chain = CertificateChain.parse(files.certificate(), certificate);
    chain.mustBeInTime(now);
    var pem = Buffer.buffer(certificate);
    var privateKey = Buffer.buffer(key);
    chain.mustBeFor(privateKey(vertx, files, pem, privateKey), files.key());
    return new CertificatePair(pem, privateKey, ServedCertificate.of(chain));
  }

  /// By the library that will serve it, so that what is read here is what is served.
  @SuppressWarnings("PMD.AvoidCatchingGenericException")
  private static PrivateKey privateKey(
      Vertx vertx, CertificateFiles files, Buffer certificate, Buffer key)
      throws UnusableCertificateException {
    try {
      var managers =
          new PemKeyCertOptions()
              .addCertValue(certificate)
              .addKeyValue(key)
              .getKeyManagerFactory(vertx)
              .getKeyManagers();
      var manager =
          Arrays.stream(managers)
              .filter(X509KeyManager.class::isInstance)
              .map(X509KeyManager.class::cast)
              .findFirst()
              .orElseThrow();
      for (String type : List.of("RSA", "EC", "EdDSA", "Ed25519")) {
        var alias = manager.chooseServerAlias(type, null, null);
        if (alias != null) {
          return manager.getPrivateKey(alias);
        }
      }
      throw new UnusableCertificateException(
          files.key() + ": a kind of key that TLS does not know (expected: RSA, EC or Ed25519)");
    } catch (UnusableCertificateException e) {
      throw e;
    } catch (Exception e) {
      throw new UnusableCertificateException(
          files.key() + ": not a private key (expected: PEM, without a passphrase)");
    }
  }
}
