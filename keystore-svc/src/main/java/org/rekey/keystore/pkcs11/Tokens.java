package org.rekey.keystore.pkcs11;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.file.Path;
import java.util.List;
import org.rekey.keystore.key.KeyUnavailableException;
import org.rekey.keystore.key.PemKeys;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.keystore.key.PemKeys.Parsed;
import org.rekey.keystore.key.PemKeys.Unusable;
import org.rekey.keystore.key.PublicHalf;
import org.rekey.keystore.key.UnusableKeyException;
import org.rekey.pkcs11.KeyInToken;
import org.rekey.pkcs11.Passphrase;
import org.rekey.pkcs11.Pkcs11Uri;
import org.rekey.pkcs11.TokenUnavailableException;
import org.rekey.pkcs11.UnusableTokenKeyException;

/// Key files that hold the URI of a key in a token instead of the key. Only libraries that the
/// settings name are loaded: whoever can write a key file must not be able to run code here.
///
/// @param modules the libraries that may be loaded, by absolute path
/// @param pin for tokens whose URI names no file with it
public record Tokens(List<Path> modules, Passphrase pin) {
  /// Nobody has said what tokens are opened with.
  public static final Passphrase NO_PIN = Passphrase.unset("KEYSTORE_PKCS11_PIN_FILE");

  private static final byte[] PROBE = "rekey signing key probe".getBytes(US_ASCII);

  public Tokens {
    modules = List.copyOf(modules);
  }

  /// None is allowed.
  public static Tokens none() {
    return new Tokens(List.of(), NO_PIN);
  }

  /// Whether a key file's contents are meant as a URI.
  public static boolean isUri(byte[] file) {
    return Pkcs11Uri.isOne(new String(file, ISO_8859_1));
  }

  /// Finds the key, and lets it sign a probe.
  public Parsed open(byte[] file) {
    try {
      var uri = Pkcs11Uri.parse(new String(file, ISO_8859_1)).strict();
      var own = uri.pin();
      var source = own == null ? pin : own;
      var found = KeyInToken.open(uri, module(uri), source);
      var key = new TokenKey(found, PublicHalf.of(found.publicKey()));
      var _ = key.sign(PROBE);
      return new PemKeys.Usable(key, null);
    } catch (UnusableKeyException e) {
      return new Unusable(e.flaw(), e.why());
    } catch (UnusableTokenKeyException e) {
      return new Unusable(flaw(e.flaw()), e.why());
    } catch (TokenUnavailableException e) {
      return unavailable(e.why());
    } catch (KeyUnavailableException e) {
      return unavailable(e.why());
    }
  }

  private static Unusable unavailable(String why) {
    return new Unusable(Flaw.TOKEN_UNAVAILABLE, why + " (it is tried again)");
  }

  private static Flaw flaw(UnusableTokenKeyException.Flaw flaw) {
    return switch (flaw) {
      case URI -> Flaw.TOKEN_URI;
      case MODULE -> Flaw.TOKEN_MODULE;
      case UNAVAILABLE -> Flaw.TOKEN_UNAVAILABLE;
      case PIN -> Flaw.TOKEN_PIN;
      case KEY -> Flaw.TOKEN_KEY;
      case TYPE -> Flaw.UNSUPPORTED_TYPE;
    };
  }

  private Path module(Pkcs11Uri uri) throws UnusableKeyException {
    if (uri.module() == null && modules.size() == 1) {
      return modules.getFirst();
    }
    if (uri.module() == null) {
      throw new UnusableKeyException(
          Flaw.TOKEN_MODULE,
          modules.isEmpty()
              ? "a PKCS#11 URI, and no module may be loaded (name it in KEYSTORE_PKCS11_MODULES)"
              : "a PKCS#11 URI without module-path, and several modules are allowed (name one)");
    }
    if (!modules.contains(uri.module())) {
      throw new UnusableKeyException(
          Flaw.TOKEN_MODULE,
          "the PKCS#11 module %s may not be loaded (allow it in KEYSTORE_PKCS11_MODULES, if you trust it)"
              .formatted(uri.module()));
    }
    return uri.module();
  }
}
