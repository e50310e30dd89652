package org.rekey.pkcs11;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.rekey.pkcs11.UnusableTokenKeyException.Flaw;

/// A token and the sessions that are open with it. Sessions are reused, and opened anew when the
/// token was away. A PIN that the token refused is not shown to it again until its file changes:
/// three wrong ones lock most tokens for good.
final class Token {
  private static final int MAX_UTF_8 = 4;

  private final Module module;
  private final Pkcs11Uri uri;
  private final Deque<Session> idle = new ConcurrentLinkedDeque<>();
  private final Map<String, Refusal> refusals = new HashMap<>();
  private final Set<String> accepted = ConcurrentHashMap.newKeySet();

  Token(Module module, Pkcs11Uri uri) {
    this.module = module;
    this.uri = uri;
  }

  /// One session; used by one thread at a time.
  ///
  /// @param keys the private keys that were looked up in it, by label and id
  record Session(long handle, long slot, TokenInfo info, int generation, Map<String, Long> keys) {}

  /// What is done in a session.
  interface Work<T> {
    T with(Cryptoki cryptoki, Session session) throws CryptokiException, UnusableTokenKeyException;
  }

  /// In an idle session or a new one; once more in a new one when the idle one has died, and once
  /// more with a refreshed module when token or key are missing.
  <T> T inSession(Cryptoki cryptoki, Passphrase pin, Work<T> work)
      throws CryptokiException, UnusableTokenKeyException {
    var session = idle.pollFirst();
    if (session != null && session.generation() == module.generation()) {
      try {
        return keep(cryptoki, session, work.with(cryptoki, session));
      } catch (CryptokiException e) {
        discardAll(cryptoki, session);
      } catch (UnusableTokenKeyException e) {
        keep(cryptoki, session, e);
      }
    }
    try {
      return inNewSession(cryptoki, pin, work);
    } catch (UnusableTokenKeyException e) {
      if (mayBeMended(e, pin) && module.refresh()) {
        var result = inNewSession(cryptoki, pin, work);
        module.refreshHelped();
        return result;
      }
      throw e;
    }
  }

  /// To look for a key anew means to log in anew, which is not done with a PIN that nobody knows to
  /// be right.
  private boolean mayBeMended(UnusableTokenKeyException e, Passphrase pin) {
    return e.flaw() == Flaw.UNAVAILABLE
        || (e.flaw() == Flaw.KEY && accepted.contains(pin.source()));
  }

  private <T> T inNewSession(Cryptoki cryptoki, Passphrase pin, Work<T> work)
      throws CryptokiException, UnusableTokenKeyException {
    var session = open(cryptoki, pin);
    try {
      return keep(cryptoki, session, work.with(cryptoki, session));
    } catch (CryptokiException | UnusableTokenKeyException e) {
      close(cryptoki, session);
      throw e;
    }
  }

  /// An open session also keeps the token unlocked: a file that names a wrong PIN, or no key that
  /// is there, costs none of the tries.
  private <T> T keep(Cryptoki cryptoki, Session session, T result) {
    if (idle.size() < Module.THREADS) {
      idle.addFirst(session);
    } else {
      close(cryptoki, session);
    }
    return result;
  }

  /// One that has died means that the others have too.
  private void discardAll(Cryptoki cryptoki, Session first) {
    var session = first;
    while (session != null) {
      close(cryptoki, session);
      session = idle.pollFirst();
    }
  }

  private void close(Cryptoki cryptoki, Session session) {
    if (session.generation() != module.generation()) {
      return;
    }
    try {
      cryptoki.closeSession(session.handle());
    } catch (CryptokiException e) {
      // It was closed already.
    }
  }

  private Session open(Cryptoki cryptoki, Passphrase pin)
      throws CryptokiException, UnusableTokenKeyException {
    var slots = slots(cryptoki);
    if (slots.isEmpty()) {
      throw new UnusableTokenKeyException(
          Flaw.UNAVAILABLE,
          uri.tokenText() + " is not there (plug it in, or start what serves it)");
    }
    if (slots.size() > 1) {
      throw new UnusableTokenKeyException(
          Flaw.KEY,
          "%s: there are %d such tokens (add serial=… to the URI)"
              .formatted(uri.tokenText(), slots.size()));
    }
    var slot = slots.getFirst();
    var generation = module.generation();
    var session =
        new Session(
            cryptoki.openSession(slot),
            slot,
            cryptoki.tokenInfo(slot),
            generation,
            new HashMap<>());
    try {
      if (session.info().needsLogin()) {
        login(cryptoki, session, pin);
      }
      return session;
    } catch (CryptokiException | UnusableTokenKeyException e) {
      close(cryptoki, session);
      throw e;
    }
  }

  private List<Long> slots(Cryptoki cryptoki) throws CryptokiException {
    var fitting = new ArrayList<Long>();
    for (long slot : cryptoki.slots()) {
      try {
        var info = cryptoki.tokenInfo(slot);
        if (info.isInitialized() && uri.fits(info)) {
          fitting.add(slot);
        }
      } catch (CryptokiException e) {
        // A token that goes away while it is looked at is not there.
      }
    }
    return fitting;
  }

  /// One at a time, so that two threads do not use up two tries on one wrong PIN.
  private synchronized void login(Cryptoki cryptoki, Session session, Passphrase pin)
      throws CryptokiException, UnusableTokenKeyException {
    var version = pin.version();
    var refusal = refusals.get(pin.source());
    if (refusal != null && refusal.version().equals(version)) {
      throw refused(pin, refusal.why());
    }
    var info = session.info();
    if (info.isLocked()) {
      throw new UnusableTokenKeyException(
          Flaw.PIN,
          uri.tokenText() + " is locked after wrong PINs (unlock it as its security officer)");
    }
    if (info.isAtItsLastTry()) {
      throw new UnusableTokenKeyException(
          Flaw.PIN,
          uri.tokenText()
              + " locks itself at the next wrong PIN, so none is tried (log in once by hand: pkcs11-tool --login --test)");
    }
    var bytes = bytes(pin);
    try {
      if (cryptoki.login(session.handle(), bytes)) {
        refusals.remove(pin.source());
        accepted.add(pin.source());
      }
    } catch (CryptokiException e) {
      if (e.isAboutThePin()) {
        refusals.put(pin.source(), new Refusal(version, String.valueOf(e.getMessage())));
        throw refused(pin, e.getMessage());
      }
      throw e;
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private UnusableTokenKeyException refused(Passphrase pin, @Nullable String why) {
    return new UnusableTokenKeyException(
        Flaw.PIN,
        "%s refused the PIN from %s: %s (write the right one there; it is not tried again before that)"
            .formatted(uri.tokenText(), pin.source(), why));
  }

  private byte[] bytes(Passphrase pin) throws UnusableTokenKeyException {
    return switch (pin.read()) {
      case Passphrase.Present present -> {
        var chars = present.chars();
        var encoded = ByteBuffer.allocate(chars.length * MAX_UTF_8);
        UTF_8.newEncoder().encode(CharBuffer.wrap(chars), encoded, true);
        var bytes = Arrays.copyOf(encoded.array(), encoded.position());
        Arrays.fill(encoded.array(), (byte) 0);
        Arrays.fill(chars, '\0');
        yield bytes;
      }
      case Passphrase.Absent() ->
          throw new UnusableTokenKeyException(
              Flaw.PIN,
              uri.tokenText()
                  + " wants a PIN (name its file: pin-source=file:/… in the URI, or "
                  + pin.source()
                  + ")");
      case Passphrase.Unreadable(String why) ->
          throw new UnusableTokenKeyException(
              Flaw.PIN, uri.tokenText() + " wants a PIN, and " + why);
    };
  }

  /// @param version of the PIN's source when it was refused
  private record Refusal(Object version, String why) {}
}
