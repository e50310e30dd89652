package org.rekey.agent.key;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.file.Path;
import java.util.Optional;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.rekey.agent.AgentFailure;
import org.rekey.pkcs11.KeyInToken;
import org.rekey.pkcs11.Passphrase;
import org.rekey.pkcs11.Pkcs11Uri;
import org.rekey.pkcs11.TokenUnavailableException;
import org.rekey.pkcs11.UnusableTokenKeyException;

/// A key that somebody has put into a token and configured: it signs there, and is neither made nor
/// changed here.
public final class TokenKeys implements KeyPlace {
  private static final byte[] PROBE = "rekey device key probe".getBytes(US_ASCII);

  /// Where OpenSSL's engine for tokens looks for its module too.
  private static final String MODULE = "PKCS11_MODULE_PATH";

  private final AgentKey key;

  private TokenKeys(AgentKey key) {
    this.key = key;
  }

  /// Finds it, and lets it sign once.
  ///
  /// @param pin for tokens whose URI does not name one; empty: none
  /// @throws AgentFailure when token or key is not there, or does not open
  public static TokenKeys open(Pkcs11Uri uri, String pin) {
    try {
      AgentKey key = AgentKey.of(KeyInToken.open(uri, module(uri), pin(uri, pin)));
      if (!isBy(key, key.sign(PROBE))) {
        throw new AgentFailure(
            uri.key()
                + ": the token signs with another key than it shows (expected: a public half with"
                + " the private key's id)");
      }
      return new TokenKeys(key);
    } catch (UnusableTokenKeyException e) {
      throw new AgentFailure(e.why(), e);
    } catch (TokenUnavailableException e) {
      throw new AgentFailure(e.why(), e);
    } catch (UnusableKey e) {
      throw new AgentFailure(uri.key() + ": " + e.getMessage(), e);
    }
  }

  private static Path module(Pkcs11Uri uri) {
    Path named = uri.module();
    if (named != null) {
      return named;
    }
    String configured = System.getenv(MODULE);
    if (configured == null || configured.isEmpty()) {
      throw new AgentFailure(
          uri.key()
              + ": nothing says which library its token has (expected: module-path=/… in the URI,"
              + " or $"
              + MODULE
              + ")");
    }
    return Path.of(configured);
  }

  private static Passphrase pin(Pkcs11Uri uri, String otherwise) {
    Passphrase own = uri.pin();
    if (own != null) {
      return own;
    }
    return otherwise.isEmpty()
        ? Passphrase.unset("--passphrase-file")
        : Passphrase.of("--passphrase-file", otherwise);
  }

  private static boolean isBy(AgentKey key, byte[] signature) {
    Signer verifier =
        switch (key.publicKey()) {
          case Ed25519PublicKeyParameters _ -> new Ed25519Signer();
          case RSAKeyParameters _ -> new RSADigestSigner(new SHA256Digest());
          default -> new DSADigestSigner(new ECDSASigner(), new SHA256Digest());
        };
    verifier.init(false, key.publicKey());
    verifier.update(PROBE, 0, PROBE.length);
    return verifier.verifySignature(signature);
  }

  @Override
  public Optional<AgentKey> current() {
    return Optional.of(key);
  }

  @Override
  public Optional<Successor> successor() {
    return Optional.empty();
  }

  @Override
  public void putFirst(AgentKey first) {
    throw notHere();
  }

  @Override
  public void putSuccessor(AgentKey successor) {
    throw notHere();
  }

  @Override
  public void markOffered() {
    throw notHere();
  }

  @Override
  public void commit() {
    throw notHere();
  }

  @Override
  public void discardSuccessor() {
    throw notHere();
  }

  private static IllegalStateException notHere() {
    return new IllegalStateException("a configured key does not change");
  }

  @Override
  public boolean isOurs() {
    return false;
  }
}
