package org.rekey.keystore.key;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.util.io.pem.PemReader;
import org.jspecify.annotations.Nullable;
import org.rekey.pkcs11.Passphrase;

/// Reads one private key from PEM: PKCS#1, SEC1 (also after an `EC PARAMETERS` block), PKCS#8, and
/// the encrypted forms of all three. BouncyCastle does the reading, because the JDK knows only
/// PKCS#8; what it is told to take for a key, and what that may cost, is decided here.
public final class PemKeys {
  private static final Pattern BEGIN = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----");
  private static final String BEGIN_TEXT = "-----BEGIN ";

  private PemKeys() {}

  /// What a file's bytes turned out to be.
  public sealed interface Parsed {}

  /// A private key that may sign.
  ///
  /// @param remark what is wrong with the file although its key is good; null when nothing is
  public record Usable(SigningKey key, @Nullable Unusable remark) implements Parsed {}

  /// The start of a PEM file; the rest may be on its way.
  public record Incomplete() implements Parsed {}

  /// Something else.
  ///
  /// @param why what it is and what was expected; no key material
  public record Unusable(Flaw flaw, String why) implements Parsed {}

  /// The kinds of files that are no usable private key.
  public enum Flaw {
    NOT_PEM,
    OTHER_FORMAT,
    TEXT_ENCODING,
    WRONG_LABEL,
    PUBLIC_KEY,
    CERTIFICATE,
    ENCRYPTED,
    WRONG_PASSPHRASE,
    PASSPHRASE_FILE,
    OLD_ENCRYPTION,
    COSTLY_ENCRYPTION,
    UNSUPPORTED_TYPE,
    WEAK_KEY,
    PUBLISHED_KEY,
    SEVERAL_KEYS,
    DAMAGED,
    TOKEN_URI,
    TOKEN_MODULE,
    TOKEN_UNAVAILABLE,
    TOKEN_PIN,
    TOKEN_KEY
  }

  public static Parsed parse(byte[] file, Passphrase passphrase) {
    var other = OtherFormat.of(file);
    if (other.isPresent()) {
      return other.get();
    }
    var text = new String(file, ISO_8859_1);
    var blocks = blocks(text);
    if (blocks.isEmpty()) {
      return BEGIN_TEXT.startsWith(text.strip()) || text.strip().startsWith(BEGIN_TEXT)
          ? new Incomplete()
          : new Unusable(
              Flaw.NOT_PEM, "not a PEM file (expected: a private key between BEGIN and END lines)");
    }
    if (blocks.stream().anyMatch(block -> !block.complete())) {
      return new Incomplete();
    }
    var keys = blocks.stream().filter(Block::isPrivateKey).toList();
    return switch (keys.size()) {
      case 0 -> withoutPrivateKey(blocks);
      case 1 -> parse(keys.getFirst(), passphrase);
      default ->
          new Unusable(
              Flaw.SEVERAL_KEYS,
              keys.size()
                  + " private keys in one file (expected: one; put each into a file of its own)");
    };
  }

  private static Parsed withoutPrivateKey(List<Block> blocks) {
    if (blocks.stream().anyMatch(block -> block.type().startsWith("CERTIFICATE"))) {
      return new Unusable(
          Flaw.CERTIFICATE, "a certificate (expected: the private key that belongs to it)");
    }
    if (blocks.stream().anyMatch(block -> block.type().endsWith("PUBLIC KEY"))) {
      return new Unusable(Flaw.PUBLIC_KEY, "a public key (expected: the private key)");
    }
    return new Unusable(
        Flaw.UNSUPPORTED_TYPE,
        "a block of type " + blocks.getFirst().type() + " (expected: a private key)");
  }

  private static Parsed parse(Block block, Passphrase passphrase) {
    var foreign = OtherFormat.ofLabel(block.type());
    if (foreign.isPresent()) {
      return foreign.get();
    }
    if (block.isOnOneLine()) {
      return new Unusable(
          Flaw.TEXT_ENCODING,
          "all on one line (expected: real line ends after BEGIN, before END and every 64 characters)");
    }
    Object object;
    try (var parser = new PEMParser(new StringReader(block.text()))) {
      object = parser.readObject();
    } catch (IOException | RuntimeException e) {
      return mislabelled(block);
    }
    try {
      return switch (object) {
        case PrivateKeyInfo info -> usable(info);
        case PEMKeyPair pair when pair.getPrivateKeyInfo() != null ->
            usable(pair.getPrivateKeyInfo());
        case PKCS8EncryptedPrivateKeyInfo encrypted ->
            usable(EncryptedKeys.decrypt(encrypted, passphrase));
        case PEMEncryptedKeyPair encrypted ->
            new Usable(
                PrivateKeyTypes.signingKey(EncryptedKeys.decrypt(encrypted, passphrase)),
                new Unusable(Flaw.OLD_ENCRYPTION, EncryptedKeys.TRADITIONAL));
        case null, default ->
            new Unusable(
                Flaw.UNSUPPORTED_TYPE,
                "a block of type " + block.type() + " (expected: PKCS#1, SEC1 or PKCS#8)");
      };
    } catch (UnusableKeyException e) {
      return new Unusable(e.flaw(), e.why());
    } catch (IOException | RuntimeException e) {
      return mislabelled(block);
    }
  }

  private static Parsed usable(PrivateKeyInfo info) throws IOException, UnusableKeyException {
    return new Usable(PrivateKeyTypes.signingKey(info), null);
  }

  /// A good key between the wrong lines, or no key at all.
  private static Parsed mislabelled(Block block) {
    try (var reader = new PemReader(new StringReader(block.text()))) {
      var content = reader.readPemObject();
      var form = content == null ? null : DerForm.of(content.getContent()).orElse(null);
      if (form != null && !block.type().equals(form.label())) {
        return new Unusable(
            Flaw.WRONG_LABEL,
            form.isPrivateKey()
                ? "says %s and holds %s (expected: BEGIN %s; write the file again)"
                    .formatted(block.type(), form.text(), form.label())
                : "says %s and holds %s (expected: a private key)"
                    .formatted(block.type(), form.text()));
      }
    } catch (IOException | RuntimeException e) {
      return damaged();
    }
    return damaged();
  }

  private static Parsed damaged() {
    return new Unusable(Flaw.DAMAGED, "damaged: its contents are not a key (write the file again)");
  }

  private static List<Block> blocks(String text) {
    var blocks = new ArrayList<Block>();
    var begin = BEGIN.matcher(text);
    var from = 0;
    while (begin.find(from)) {
      var type = begin.group(1);
      var endLine = "-----END " + type + "-----";
      var end = text.indexOf(endLine, begin.end());
      if (end < 0) {
        blocks.add(new Block(type, "", false));
        return blocks;
      }
      from = end + endLine.length();
      blocks.add(new Block(type, text.substring(begin.start(), from) + "\n", true));
    }
    return blocks;
  }

  private record Block(String type, String text, boolean complete) {
    boolean isPrivateKey() {
      return type.endsWith("PRIVATE KEY");
    }

    boolean isOnOneLine() {
      return text.strip().indexOf('\n') < 0 && text.strip().indexOf('\r') < 0;
    }

    @Override
    public String toString() {
      return "Block[" + type + "]";
    }
  }
}
