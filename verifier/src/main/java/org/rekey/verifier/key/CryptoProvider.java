package org.rekey.verifier.key;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where signatures are computed: Amazon Corretto Crypto Provider (native, several times faster)
/// where it loads, the JDK's own providers otherwise, algorithm by algorithm.
///
/// The Corretto provider is held here and not registered with [java.security.Security]: a process
/// that embeds a verifier keeps its own crypto set-up.
///
/// `Signature` objects are made for every call. Making one costs less than the noise of the
/// measurement, and virtual threads would turn a thread-local into one object per request anyway.
/// What does cost is handing the provider a foreign key, which it re-parses each time:
/// [#adopt(PublicKey)] converts once.
public final class CryptoProvider {
  private static final Logger LOGGER = LoggerFactory.getLogger(CryptoProvider.class);
  private static final String CORRETTO =
      "com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider";
  private static final CryptoProvider JDK = new CryptoProvider("JDK", null);

  private final String name;
  private final @Nullable Provider provider;
  private final Set<Alg> algs;

  private CryptoProvider(String name, @Nullable Provider provider) {
    this.name = name;
    this.provider = provider;
    var there = EnumSet.allOf(Alg.class);
    there.removeIf(alg -> !isThere(provider, alg));
    this.algs = Collections.unmodifiableSet(there);
  }

  private CryptoProvider(CryptoProvider other, Set<Alg> algs) {
    this.name = other.name;
    this.provider = other.provider;
    this.algs = algs;
  }

  /// The fastest that works here; chosen once, and the log says which.
  public static CryptoProvider preferred() {
    return Preferred.CHOICE;
  }

  /// The JDK's own, always there.
  public static CryptoProvider jdk() {
    return JDK;
  }

  /// Amazon Corretto Crypto Provider, if it is on the class path, fits this machine and passes its
  /// self-test.
  public static Optional<CryptoProvider> corretto() {
    return Optional.ofNullable(Corretto.LOADED.provider());
  }

  public String name() {
    return name;
  }

  /// The algorithms that this process can really check, in declared order.
  public List<Alg> algs() {
    return List.copyOf(algs);
  }

  public boolean supports(Alg alg) {
    return algs.contains(alg);
  }

  /// The same without some algorithms: it neither checks nor makes their signatures.
  public CryptoProvider without(Collection<Alg> left) {
    var fewer = EnumSet.copyOf(algs);
    fewer.removeAll(left);
    return new CryptoProvider(this, Collections.unmodifiableSet(fewer));
  }

  /// The same key in the form that this provider checks fastest with; the key itself where there is
  /// none.
  public PublicKey adopt(PublicKey key) {
    if (provider == null) {
      return key;
    }
    try {
      return (PublicKey) KeyFactory.getInstance(key.getAlgorithm(), provider).translateKey(key);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      return key;
    }
  }

  /// The same key in the form that this provider signs fastest with; the key itself where there is
  /// none.
  public PrivateKey adopt(PrivateKey key) {
    if (provider == null) {
      return key;
    }
    try {
      return (PrivateKey) KeyFactory.getInstance(key.getAlgorithm(), provider).translateKey(key);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      return key;
    }
  }

  /// Checks a JWS signature over a part of an array. False for everything that is not a valid
  /// signature, malformed ones included.
  public boolean verify(
      Alg alg, PublicKey key, byte[] input, int offset, int length, byte[] jwsSignature) {
    if (!supports(alg) || !alg.isWellFormed(key, jwsSignature)) {
      return false;
    }
    try {
      var signature = signature(alg);
      signature.initVerify(key);
      signature.update(input, offset, length);
      return signature.verify(jwsSignature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /// A JWS signature (for ECDSA: r‖s) over the input.
  public byte[] sign(Alg alg, PrivateKey key, byte[] input) {
    try {
      var signature = signature(alg);
      signature.initSign(key);
      signature.update(input);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(
          "signing key: " + key.getAlgorithm() + " (expected: a key for " + alg.jwsName() + ")", e);
    }
  }

  /// Makes key pairs; for RSA the native one takes a fraction of the time.
  public KeyPairGenerator keyPairGenerator(String algorithm) throws NoSuchAlgorithmException {
    return provider == null
        ? KeyPairGenerator.getInstance(algorithm)
        : KeyPairGenerator.getInstance(algorithm, provider);
  }

  private static boolean isThere(@Nullable Provider provider, Alg alg) {
    try {
      var _ = signature(provider, alg.jcaName());
      return true;
    } catch (NoSuchAlgorithmException e) {
      return false;
    }
  }

  private Signature signature(Alg alg) throws NoSuchAlgorithmException {
    if (!supports(alg)) {
      throw new NoSuchAlgorithmException(alg.jwsName());
    }
    return signature(alg.jcaName());
  }

  /// For schemes that are no JWS algorithm.
  ///
  /// @param jcaName e.g. `SHA256withECDSA`
  public Signature signature(String jcaName) throws NoSuchAlgorithmException {
    return signature(provider, jcaName);
  }

  private static Signature signature(@Nullable Provider provider, String jcaName)
      throws NoSuchAlgorithmException {
    return provider == null || provider.getService("Signature", jcaName) == null
        ? Signature.getInstance(jcaName)
        : Signature.getInstance(jcaName, provider);
  }

  @Override
  public String toString() {
    return name;
  }

  private static final class Preferred {
    static final CryptoProvider CHOICE = choose();

    private static CryptoProvider choose() {
      var choice = corretto().orElse(JDK);
      var line = LOGGER.atInfo().addKeyValue("provider", choice.name);
      var reason = Corretto.LOADED.reason();
      if (reason != null) {
        line = line.addKeyValue("correttoNotLoaded", reason);
      }
      line.log("Crypto provider chosen");
      return choice;
    }
  }

  /// Loaded by reflection: the jar may be absent, or hold a native library for another machine.
  private record Corretto(@Nullable CryptoProvider provider, @Nullable String reason) {
    static final Corretto LOADED = load();

    private static Corretto load() {
      try {
        var type = Class.forName(CORRETTO);
        var instance = (Provider) type.getField("INSTANCE").get(null);
        type.getMethod("assertHealthy").invoke(instance);
        return new Corretto(
            new CryptoProvider("Amazon Corretto " + instance.getVersionStr(), instance), null);
      } catch (ReflectiveOperationException | LinkageError e) {
        var cause = e.getCause() == null ? e : e.getCause();
        return new Corretto(null, cause.getClass().getSimpleName() + ": " + cause.getMessage());
      }
    }
  }
}
