package org.rekey.keystore.pkcs11;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.rekey.keystore.key.KeyUnavailableException;
import org.rekey.keystore.key.Passphrase;
import org.rekey.keystore.key.PemKeys;
import org.rekey.keystore.key.PemKeys.Flaw;
import org.rekey.keystore.key.PemKeys.Parsed;
import org.rekey.keystore.key.PemKeys.Unusable;
import org.rekey.keystore.key.PublicHalf;
import org.rekey.keystore.key.UnusableKeyException;

/// Key files that hold the URI of a key in a token instead of the key. Only libraries that the
/// settings name are loaded: whoever can write a key file must not be able to run code here.
///
/// @param modules the libraries that may be loaded, by absolute path
/// @param pin for tokens whose URI names no file with it
public record Tokens(List<Path> modules, Passphrase pin) {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final byte[] PROBE = "rekey signing key probe".getBytes(US_ASCII);

  public Tokens {
    modules = List.copyOf(modules);
  }

  /// None is allowed.
  public static Tokens none() {
    return new Tokens(List.of(), Passphrase.none());
  }

  /// Whether a key file's contents are meant as a URI.
  public static boolean isUri(byte[] file) {
    return Pkcs11Uri.isOne(new String(file, ISO_8859_1));
  }

  /// Finds the key, and lets it sign a probe.
  public Parsed open(byte[] file) {
    try {
      var uri = Pkcs11Uri.parse(new String(file, ISO_8859_1));
      var module = Module.at(module(uri));
      var source = uri.pinSource() == null ? pin : Passphrase.pinIn(uri.pinSource());
      var publicKey =
          module.call(
              uri.tokenText(),
              PATIENCE,
              cryptoki ->
                  module
                      .token(uri)
                      .inSession(
                          cryptoki,
                          source,
                          (_, session) ->
                              TokenObjects.publicKey(
                                  cryptoki,
                                  session.handle(),
                                  TokenObjects.privateKey(cryptoki, session.handle(), uri),
                                  uri)));
      var key = new TokenKey(uri, module, source, PublicHalf.of(publicKey));
      var _ = key.sign(PROBE);
      return new PemKeys.Usable(key, null);
    } catch (UnusableKeyException e) {
      return new Unusable(e.flaw(), e.why());
    } catch (KeyUnavailableException e) {
      return new Unusable(Flaw.TOKEN_UNAVAILABLE, e.why() + " (it is tried again)");
    }
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
