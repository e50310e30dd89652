package org.rekey.gateway.proxy;

import java.util.Set;
import org.rekey.gateway.http.IdentityHeaders;

/// What a client may not say to an upstream: where a request comes from and by whom, which request
/// it is, what a user may see, which path is meant. Upstreams believe it, because only the gateway
/// should be able to say it.
final class UntrustedHeaders {
  private static final Set<String> NAMES =
      Set.of(
          "forwarded",
          "host",
          "expect",
          "x-real-ip",
          "x-client-ip",
          "x-cluster-client-ip",
          "true-client-ip",
          "cf-connecting-ip",
          "remote-user",
          "x-remote-user",
          "client-cert",
          "client-cert-chain",
          "x-original-url",
          "x-original-uri",
          "x-rewrite-url");

  private UntrustedHeaders() {}

  /// @param name in lower case
  static boolean contain(String name) {
    if (isPlain(name)) {
      return containPlain(name);
    }
    return name.startsWith(":") || containPlain(plain(name));
  }

  private static boolean containPlain(String name) {
    return NAMES.contains(name)
        || name.startsWith("x-forwarded-")
        || name.startsWith(IdentityHeaders.PREFIX)
        || (name.startsWith("x-men-") && !isForBackends(name));
  }

  /// Mender's own clients say these to its backends; all others are said by its gateway.
  private static boolean isForBackends(String name) {
    return name.equals("x-men-signature") || name.startsWith("x-men-file-");
  }

  /// Behind CGI and its heirs `X_Forwarded_For`, and for some `X.Forwarded.For`, is the same
  /// variable as `X-Forwarded-For`.
  private static boolean isPlain(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!isLetterOrDigit(c) && c != '-') {
        return false;
      }
    }
    return true;
  }

  private static String plain(String name) {
    StringBuilder plain = new StringBuilder(name.length());
    name.chars().forEach(c -> plain.append(isLetterOrDigit((char) c) ? (char) c : '-'));
    return plain.toString();
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }
}
