package org.rekey.agent.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.X509ExtendedKeyManager;
import org.rekey.agent.AgentFailure;
import org.rekey.agent.key.AgentKey;

/// A certificate with its chain and key, for mutual TLS.
public final class ClientCertificate {
  private ClientCertificate() {}

  /// @param file PEM: the device's certificate first, then those that lead to the authority
  /// @throws AgentFailure when they do not belong together: without them the device would come as
  ///     nobody, and that is not for the agent to decide
  public static X509ExtendedKeyManager of(Path file, AgentKey key) {
    try {
      List<X509Certificate> chain = read(file);
      if (!Arrays.equals(chain.getFirst().getPublicKey().getEncoded(), key.publicDer())) {
        throw new AgentFailure(
            file
                + ": not for the key (expected: HttpsClient.Certificate and HttpsClient.Key that"
                + " belong together)");
      }
      return new OneCertificate(chain, key.forTls());
    } catch (IOException | GeneralSecurityException e) {
      throw new AgentFailure(
          file + ": cannot be used (expected: certificates in PEM, the device's own first)", e);
    }
  }

  private static List<X509Certificate> read(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      List<X509Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(each -> (X509Certificate) each)
              .toList();
      if (all.isEmpty()) {
        throw new GeneralSecurityException("no certificate");
      }
      return all;
    }
  }
}
