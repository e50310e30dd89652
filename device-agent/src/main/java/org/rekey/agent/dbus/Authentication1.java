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

  /// `(s token, s server_url)`: the token and where to go with it; both empty when there is none.
  @DBusMemberName("GetJwtToken")
  Two<String, String> getJwtToken();

  /// Asks for a new token; the signal says what came of it.
  @DBusMemberName("FetchJwtToken")
  boolean fetchJwtToken();

  /// Two values of an answer; the library finds their types only as arguments of this one.
  ///
  /// @param <A> of the first
  /// @param <B> of the second
  final class Two<A, B> extends Tuple {
    @Position(0)
    private final A first;

    @Position(1)
    private final B second;

    public Two(A first, B second) {
      this.first = first;
      this.second = second;
    }

    public A first() {
      return first;
    }

    public B second() {
      return second;
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
