package org.rekey.runtime.tls;

import io.grpc.ChannelCredentials;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.config.TlsSettings;
import org.rekey.runtime.watch.LiveFile;

/// A service's certificate, its key and whom it trusts, for both ends of a connection.
///
/// Whoever runs for long looks at the files again ([#look]): connections made after a change show
/// and trust what they say now, those that are open stay. Files that would not do are refused, and
/// what was good before goes on.
public final class ServiceCredentials {
  private final AdvancedTlsX509KeyManager own = new AdvancedTlsX509KeyManager();
  private final AdvancedTlsX509TrustManager callers =
      trust(Verification.CERTIFICATE_ONLY_VERIFICATION);
  private final AdvancedTlsX509TrustManager servers =
      trust(Verification.CERTIFICATE_AND_HOST_NAME_VERIFICATION);
  private final LiveFile<ServiceIdentity> identity;

  /// @throws SettingsException when the files cannot be used
  public ServiceCredentials(TlsSettings files) {
    this(files, InstantSource.system());
  }

  ServiceCredentials(TlsSettings files, InstantSource clock) {
    ServiceIdentity first = ServiceIdentity.read(files, clock.instant());
    identity =
        LiveFile.open(
            Optional.of(files.certificate()),
            first,
            _ -> ServiceIdentity.read(files, clock.instant()),
            ServiceIdentity::isAsItWas);
    identity.onChange(this::take);
  }

  /// Whether the files say something else by now.
  public void look() {
    identity.look();
  }

  /// What is wrong with the files, a line each; empty when what they say counts.
  public List<String> refused() {
    return identity.refused();
  }

  /// When the certificate that is shown ends.
  public Instant expires() {
    return identity.get().chain().leaf().getNotAfter().toInstant();
  }

  public ServerCredentials forServer() {
    return TlsServerCredentials.newBuilder()
        .keyManager(own)
        .trustManager(callers)
        .clientAuth(ClientAuth.REQUIRE)
        .build();
  }

  /// For a port whose callers show no certificate.
  public ServerCredentials forServerOfAnyone() {
    return TlsServerCredentials.newBuilder().keyManager(own).build();
  }

  public ChannelCredentials forClient() {
    return TlsChannelCredentials.newBuilder().keyManager(own).trustManager(servers).build();
  }

  private void take(ServiceIdentity fresh) {
    try {
      X509Certificate[] authorities = fresh.authorities().toArray(X509Certificate[]::new);
      callers.updateTrustCredentials(authorities);
      servers.updateTrustCredentials(authorities);
      own.updateIdentityCredentials(
          fresh.chain().certificates().toArray(X509Certificate[]::new), fresh.key());
    } catch (IOException | GeneralSecurityException e) {
      throw new SettingsException("TLS file: cannot be used: " + e.getMessage());
    }
  }

  private static AdvancedTlsX509TrustManager trust(Verification verification) {
    try {
      return AdvancedTlsX509TrustManager.newBuilder().setVerification(verification).build();
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }
}
