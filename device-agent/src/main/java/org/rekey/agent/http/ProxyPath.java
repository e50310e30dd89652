package org.rekey.agent.http;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What may go through the local proxy with the device's token: the device API, written so that it
/// cannot be read as anything else, and not the place where tokens come from.
final class ProxyPath {
  private static final Pattern DEVICE_API =
      Pattern.compile("/api/devices/v[0-9]+/([A-Za-z0-9_-]+)(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?");
  private static final String AUTHENTICATION = "authentication";

  private ProxyPath() {}

  /// @param path without its query
  static boolean isAllowed(String path) {
    String lower = path.toLowerCase(Locale.ROOT);
    Matcher matcher = DEVICE_API.matcher(path);
    return matcher.matches()
        && !AUTHENTICATION.equalsIgnoreCase(matcher.group(1))
        && !path.contains("//")
        && !lower.contains("%2e")
        && !lower.contains("%2f")
        && !lower.contains("%5c")
        && !lower.contains("%00")
        && !(path + "/").contains("/./")
        && !(path + "/").contains("/../");
  }
}
