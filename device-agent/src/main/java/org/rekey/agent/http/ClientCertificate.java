package org.rekey.agent.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Collection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
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
      Certificate[] chain = read(file);
      if (!Arrays.equals(chain[0].getPublicKey().getEncoded(), key.publicDer())) {
        throw new AgentFailure(
            file
                + ": not for the key (expected: HttpsClient.Certificate and HttpsClient.Key that"
                + " belong together)");
      }
      char[] password = "of a store in memory".toCharArray();
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("device", key.forTls(), password, chain);
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(store, password);
      return Arrays.stream(factory.getKeyManagers())
          .filter(X509ExtendedKeyManager.class::isInstance)
          .map((KeyManager each) -> (X509ExtendedKeyManager) each)
          .findFirst()
          .orElseThrow();
    } catch (IOException | GeneralSecurityException e) {
      throw new AgentFailure(
          file + ": cannot be used (expected: certificates in PEM, the device's own first)", e);
    }
  }

  private static Certificate[] read(Path file) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (all.isEmpty()) {
        throw new GeneralSecurityException("no certificate");
      }
      return all.toArray(Certificate[]::new);
    }
  }
}
