package org.rekey.runtime.grpc;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// Who is on the other end of the connection, by certificate.
///
/// @param address where the connection comes from; empty when that is not known
public record Caller(String name, String address) {
  private static final int DNS_NAME = 2;
  static final Attributes.Key<Caller> ATTRIBUTE = Attributes.Key.create("rekey-caller");
  static final Context.Key<Caller> CONTEXT = Context.key("rekey-caller");
  private static final Caller NOBODY = new Caller("", "");

  /// The caller of the rpc that runs on this thread.
  public static Caller current() {
    return Objects.requireNonNull(CONTEXT.get(), "no rpc runs on this thread");
  }

  /// Reads the certificate once for each connection, not for each call.
  static final class Filter extends ServerTransportFilter {
    @Override
    public Attributes transportReady(Attributes attributes) {
      SSLSession session = attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
      Caller named = session == null ? NOBODY : of(session);
      Caller caller =
          new Caller(named.name(), text(attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)));
      return attributes.toBuilder().set(ATTRIBUTE, caller).build();
    }

    /// `host:port`
    private static String text(@Nullable SocketAddress address) {
      return switch (address) {
        case null -> "";
        case InetSocketAddress socket -> socket.getHostString() + ":" + socket.getPort();
        default -> address.toString();
      };
    }
  }

  /// By the certificate that the other end has shown; nobody (an empty name) when it has shown
  /// none.
  public static Caller of(SSLSession session) {
    try {
      X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      if (names == null) {
        return NOBODY;
      }
      List<String> dns =
          names.stream()
              .filter(n -> Objects.equals(n.get(0), DNS_NAME))
              .map(n -> String.valueOf(n.get(1)))
              .filter(n -> !n.equals("localhost"))
              .toList();
      return dns.size() == 1 ? new Caller(dns.getFirst(), "") : NOBODY;
    } catch (SSLPeerUnverifiedException | CertificateParsingException e) {
      return NOBODY;
    }
  }
}
