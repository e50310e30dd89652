package org.rekey.agent.dbus;

import org.freedesktop.dbus.Tuple;
import org.freedesktop.dbus.annotations.DBusInterfaceName;
import org.freedesktop.dbus.annotations.DBusMemberName;
import org.freedesktop.dbus.annotations.Position;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.interfaces.DBusInterface;
import org.freedesktop.dbus.messages.DBusSignal;

/// The interface of `mender-auth`, as its other programs know it.
@DBusInterfaceName("io.mender.Authentication1")
public interface Authentication1 extends DBusInterface {

  /// The token and where to go with it; both empty when there is none.
  @DBusMemberName("GetJwtToken")
  JwtToken getJwtToken();

  /// Asks for a new token; the signal says what came of it.
  @DBusMemberName("FetchJwtToken")
  boolean fetchJwtToken();

  /// `(s token, s server_url)`.
  final class JwtToken extends Tuple {
    @Position(0)
    private final String token;

    @Position(1)
    private final String serverUrl;

    public JwtToken(String token, String serverUrl) {
      this.token = token;
      this.serverUrl = serverUrl;
    }

    public String token() {
      return token;
    }

    public String serverUrl() {
      return serverUrl;
    }
  }

  /// There is a new token; two empty texts: there is none.
  @DBusMemberName("JwtTokenStateChange")
  final class JwtTokenStateChange extends DBusSignal {
    public JwtTokenStateChange(String path, String token, String serverUrl) throws DBusException {
      super(path, token, serverUrl);
    }
  }
}
