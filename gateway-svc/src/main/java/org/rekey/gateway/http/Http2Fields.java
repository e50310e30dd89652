package org.rekey.gateway.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// HTTP/2 carries names and values as bytes of any kind. What would be something else in HTTP/1.1
/// is refused, as RFC 9113 sections 8.2 and 8.3 ask for.
final class Http2Fields {
  private static final Set<String> OF_A_CONNECTION =
      Set.of("connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade");
  private static final List<String> PSEUDO = List.of(":method", ":scheme", ":path", ":authority");

  private Http2Fields() {}

  /// Empty, or what is wrong.
  static String defect(HttpServerRequest request) {
    int pseudo = 0;
    @Nullable String host = null;
    for (Map.Entry<String, String> field : request.headers()) {
      String name = field.getKey();
      String value = field.getValue();
      if (name.startsWith(":")) {
        int bit = 1 << PSEUDO.indexOf(name);
        if (!PSEUDO.contains(name) || (pseudo & bit) != 0) {
          return "a pseudo-header that is unknown or stands there twice";
        }
        pseudo |= bit;
      } else if (!isName(name)) {
        return "a header name with characters that belong into none";
      } else if (OF_A_CONNECTION.contains(name)) {
        return "a header of a connection in HTTP/2";
      } else if (name.equals("te") && !value.equals("trailers")) {
        return "te in HTTP/2 is not trailers";
      } else if (name.equals("host")) {
        host = value;
      }
      if (!isValue(value)) {
        return "a header value with a line break or a control character";
      }
    }
    return lineDefect(request, host);
  }

  private static String lineDefect(HttpServerRequest request, @Nullable String host) {
    String method = request.method().name();
    if (method.isEmpty() || !method.chars().allMatch(c -> isTokenCharacter((char) c))) {
      return "the method is none";
    }
    String authority = request.authority() == null ? "" : request.authority().toString();
    if (!Bodies.isHost(authority)) {
      return "the authority is no host";
    }
    return host != null && !host.equalsIgnoreCase(authority)
        ? "Host and :authority are not the same"
        : "";
  }

  private static boolean isName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if ((c >= 'A' && c <= 'Z') || !isTokenCharacter(c)) {
        return false;
      }
    }
    return !name.isEmpty();
  }

  private static boolean isValue(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c == 0x7f) {
        return false;
      }
    }
    return true;
  }

  private static boolean isTokenCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }
}
