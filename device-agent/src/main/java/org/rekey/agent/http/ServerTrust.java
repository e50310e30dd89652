package org.rekey.agent.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Trusts the authorities of the system, and those in a file of concatenated certificates. The file
/// is looked at for every new connection, so that a certificate that is put there counts at once: a
/// server can change to it without a restart of its devices.
///
/// A file that has become unreadable changes nothing: half a file is how a certificate is put
/// there by a plain copy.
public final class ServerTrust extends X509ExtendedTrustManager {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTrust.class);

  private static final List<Path> SYSTEM =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/cert.pem"));

  private final @Nullable Path file;
  private final List<X509Certificate> system;
  private Loaded loaded;
  private boolean hasTold;

  private ServerTrust(@Nullable Path file, List<X509Certificate> system, Loaded loaded) {
    this.file = file;
    this.system = system;
    this.loaded = loaded;
  }

  /// @param file PEM; a missing or unreadable one is told, and read again when it changes
  public static ServerTrust of(Optional<Path> file) {
    List<X509Certificate> system = systemAuthorities();
    ServerTrust trust =
        new ServerTrust(
            file.orElse(null), system, new Loaded(Optional.empty(), manager(system, List.of())));
    trust.manager();
    return trust;
  }

  /// Trusts everybody, as `SkipVerify` says.
  public static X509ExtendedTrustManager nobodyIsChecked() {
    LOG.warn("SkipVerify: no server's certificate is checked, so anybody can be the server");
    return new Anybody();
  }

  private static List<X509Certificate> systemAuthorities() {
    for (Path bundle : SYSTEM) {
      if (Files.isReadable(bundle)) {
        try {
          return read(bundle);
        } catch (IOException | CertificateException e) {
          LOG.atWarn()
              .addKeyValue("file", bundle)
              .log("the system's authorities cannot be read, so none of them is trusted");
        }
      }
    }
    return List.of();
  }

  private synchronized X509ExtendedTrustManager manager() {
    Path watched = file;
    if (watched == null) {
      return loaded.manager();
    }
    Optional<FileTime> changed = changed(watched);
    if (changed.isPresent() && changed.equals(loaded.changed())) {
      return loaded.manager();
    }
    try {
      List<X509Certificate> own = read(watched);
      loaded = new Loaded(changed, manager(system, own));
      LOG.atInfo()
          .addKeyValue("file", watched)
          .addKeyValue("certificates", own.size())
          .log("these server certificates are trusted, beside the system's authorities");
    } catch (IOException | CertificateException e) {
      if (!changed.equals(loaded.changed()) || !hasTold) {
        hasTold = true;
        LOG.atWarn()
            .addKeyValue("file", watched)
            .addKeyValue("error", String.valueOf(e.getMessage()))
            .log(
                "the file of server certificates cannot be read: what was trusted before stays so");
      }
      loaded = new Loaded(changed, loaded.manager());
    }
    return loaded.manager();
  }

  private static Optional<FileTime> changed(Path file) {
    try {
      return Optional.of(Files.getLastModifiedTime(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<X509Certificate> read(Path file) throws IOException, CertificateException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (all.isEmpty()) {
        throw new CertificateException("no certificate in it (expected: one or more, PEM)");
      }
      List<X509Certificate> certificates = new ArrayList<>();
      all.forEach(each -> certificates.add((X509Certificate) each));
      return certificates;
    }
  }

  private static X509ExtendedTrustManager manager(
      List<X509Certificate> system, List<X509Certificate> own) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int number = 0;
      for (X509Certificate each : own) {
        store.setCertificateEntry("own-" + number++, each);
      }
      for (X509Certificate each : system) {
        store.setCertificateEntry("system-" + number++, each);
      }
      if (number == 0) {
        return new Nobody();
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map((TrustManager each) -> (X509ExtendedTrustManager) each)
          .findFirst()
          .orElseThrow();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("certificates cannot be put together", e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    manager().checkServerTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    manager().checkServerTrusted(chain, type, socket);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    manager().checkServerTrusted(chain, type, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("this is a client");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return manager().getAcceptedIssuers();
  }

  /// @param changed when the file was last written; empty: it was not there
  private record Loaded(Optional<FileTime> changed, X509ExtendedTrustManager manager) {}

  /// There are no authorities at all.
  private static final class Nobody extends Either {
    @Override
    void check() throws CertificateException {
      throw new CertificateException(
          "no authority is trusted (expected: ServerCertificate, or ca-certificates installed)");
    }
  }

  private static final class Anybody extends Either {
    @Override
    void check() {
      // That is what SkipVerify asks for.
    }
  }

  private abstract static class Either extends X509ExtendedTrustManager {
    abstract void check() throws CertificateException;

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
