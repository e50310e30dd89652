package org.rekey.gateway.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rekey.gateway.access.Unsafe;

/// `X-MEN-RequestID`: the client's own when it is harmless (1 to 128 of `[A-Za-z0-9._-]`), a new
/// one otherwise. One that has a piece of a token in it is not: it is in every log.
public final class RequestIds {
  public static final String HEADER = "X-MEN-RequestID";
  private static final int MAX_LENGTH = 128;

  private final Supplier<String> fresh;

  public RequestIds(Supplier<String> fresh) {
    this.fresh = fresh;
  }

  String of(HttpServerRequest request) {
    return of(request.getHeader(HEADER));
  }

  /// @param sent the client's own
  public String of(@Nullable String sent) {
    return sent != null && harmless(sent) && !Unsafe.isJson(sent) ? sent : fresh.get();
  }

  private static boolean harmless(String text) {
    if (text.isEmpty() || text.length() > MAX_LENGTH) {
      return false;
    }
    String lower = text.toLowerCase(Locale.ROOT);
    for (int i = 0; i < lower.length(); i++) {
      char c = lower.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
      if (!plain) {
        return false;
      }
    }
    return true;
  }
}
