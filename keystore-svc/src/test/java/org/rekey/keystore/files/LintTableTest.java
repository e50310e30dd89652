package org.rekey.keystore.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rekey.keystore.key.BadKeys;
import org.rekey.keystore.key.EncryptionBombs;
import org.rekey.keystore.pkcs11.Tokens;
import org.rekey.pkcs11.Passphrase;
import org.rekey.proto.keystore.v1.KeyAdded;
import org.rekey.proto.keystore.v1.KeyCompromised;
import org.rekey.proto.keystore.v1.KeyEvent;
import org.rekey.proto.keystore.v1.KeyRetired;
import org.rekey.testkit.KeyFiles;
import org.rekey.testkit.SoftHsm;
import org.rekey.verifier.map.KidMap;
import org.rekey.verifier.map.Purpose;

/// Every kind of bad directory and the line that an operator gets for it. `docs/lint.md` shows the
/// same lines: what stands here and not there, or there and not here, breaks this test.
class LintTableTest {
  private static final Path PAGE = Path.of("..", "docs", "lint.md");
  private static final String SHOWN_DIRECTORY = "/etc/useradm/rsa";
  private static final FileNamePattern PATTERN =
      FileNamePattern.of("PATTERN", "private\\.id\\.([0-9]*)\\.pem");

  @TempDir Path temp;

  static Stream<Arguments> kinds() {
    return Stream.of(names(), contents(), encryption(), keys(), tokens(), files(), history())
        .flatMap(stream -> stream);
  }

  private static Stream<Arguments> names() {
    return Stream.of(
        kind("a backup", Rule.NAME_NOT_EXACT, d -> d.write("private.id.7.pem.bak", d.good())),
        kind("an editor's copy", Rule.NAME_NOT_EXACT, d -> d.write("private.id.7.pem~", d.good())),
        kind(
            "a swap file", Rule.NAME_NOT_EXACT, d -> d.write(".private.id.7.pem.swp", "b0VIM 9.1")),
        kind("an old one", Rule.NAME_NOT_EXACT, d -> d.write("old-private.id.7.pem", d.good())),
        kind(
            "a package manager's",
            Rule.NAME_NOT_EXACT,
            d -> d.write("private.id.7.pem.dpkg-dist", d.good())),
        kind(
            "a backup of the default key",
            Rule.NAME_NOT_EXACT,
            d -> d.write("private.pem.bak", d.good())),
        kind(
            "control characters in a name",
            Rule.NAME_NOT_EXACT,
            d -> d.write("private.id.7.pem\u001b[2J\n", d.good())),
        kind("another case", Rule.NAME_NOT_MATCHED, d -> d.write("private.id.7.PEM", d.good())),
        kind("a negative id", Rule.NAME_NOT_MATCHED, d -> d.write("private.id.-1.pem", d.good())),
        kind("another name", Rule.NAME_NOT_MATCHED, d -> d.write("signing.key", d.good())),
        kind("leading zeros", Rule.LEADING_ZEROS, d -> d.write("private.id.007.pem", d.good())),
        kind("no id", Rule.EMPTY_ID, d -> d.write("private.id..pem", d.good())),
        kind(
            "an id over 2^53-1",
            Rule.ID_TOO_LARGE,
            d -> d.write("private.id.9007199254740992.pem", d.good())),
        kind(
            "an id that is no number",
            Rule.ID_NOT_A_NUMBER,
            d -> {
              d.pattern = FileNamePattern.of("PATTERN", "private\\.id\\.([0-9a-f]*)\\.pem");
              return d.write("private.id.7f.pem", d.good());
            }));
  }

  private static Stream<Arguments> contents() {
    return Stream.of(
        kind("nothing", Rule.EMPTY_FILE, d -> d.write("")),
        kind("half a key", Rule.HALF_WRITTEN, d -> d.write(d.good().substring(0, 60))),
        kind("prose", Rule.NOT_PEM, d -> d.write("hello")),
        kind("PKCS#8 in DER", Rule.OTHER_FORMAT, d -> d.write(der(d.good()))),
        kind(
            "encrypted PKCS#8 in DER",
            Rule.OTHER_FORMAT,
            d -> d.write(der(KeyFiles.encryptedPkcs8(KeyFiles.ed25519(), "secret")))),
        kind("PKCS#12", Rule.OTHER_FORMAT, d -> d.write(BadKeys.pkcs12())),
        kind(
            "a Java key store",
            Rule.OTHER_FORMAT,
            d -> d.write("\u00FE\u00ED\u00FE\u00ED\0\0\0\2".getBytes(ISO_8859_1))),
        kind(
            "OpenSSH",
            Rule.OTHER_FORMAT,
            d ->
                d.write(
                    KeyFiles.pem("OPENSSH PRIVATE KEY", "openssh-key-v1\0".getBytes(US_ASCII)))),
        kind("PuTTY", Rule.OTHER_FORMAT, d -> d.write("PuTTY-User-Key-File-3: ssh-rsa\n")),
        kind(
            "OpenPGP",
            Rule.OTHER_FORMAT,
            d ->
                d.write(
                    "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n-----END PGP PRIVATE KEY BLOCK-----\n")),
        kind("a JSON Web Key", Rule.OTHER_FORMAT, d -> d.write("{\"kty\":\"OKP\"}")),
        kind("UTF-16", Rule.TEXT_ENCODING, d -> d.write(d.good().getBytes(UTF_16))),
        kind(
            "UTF-16 without a mark", Rule.TEXT_ENCODING, d -> d.write(d.good().getBytes(UTF_16LE))),
        kind("NUL bytes", Rule.TEXT_ENCODING, d -> d.write(new byte[119])),
        kind(
            "base64 twice",
            Rule.TEXT_ENCODING,
            d -> d.write(Base64.getEncoder().encodeToString(d.good().getBytes(US_ASCII)))),
        kind(
            "written-out line ends",
            Rule.TEXT_ENCODING,
            d -> d.write(d.good().replace("\n", "\\n"))),
        kind("one line", Rule.TEXT_ENCODING, d -> d.write(d.good().strip().replace("\n", " "))),
        kind(
            "PKCS#1 that says PKCS#8",
            Rule.WRONG_LABEL,
            d -> d.write(KeyFiles.pkcs1(KeyFiles.rsa(2048)).replace("RSA ", ""))),
        kind(
            "PKCS#8 that says PKCS#1",
            Rule.WRONG_LABEL,
            d -> d.write(KeyFiles.pkcs8(KeyFiles.rsa(2048)).replace("PRIVATE", "RSA PRIVATE"))),
        kind(
            "a public key that says private",
            Rule.WRONG_LABEL,
            d ->
                d.write(
                    KeyFiles.publicOnly(KeyFiles.ed25519().getPublic())
                        .replace("PUBLIC", "PRIVATE"))),
        kind(
            "a public key",
            Rule.PUBLIC_KEY,
            d -> d.write(KeyFiles.publicOnly(KeyFiles.ed25519().getPublic()))),
        kind(
            "a public key of OpenSSH",
            Rule.PUBLIC_KEY,
            d -> d.write("ssh-ed25519 AAAAC3 me@here\n")),
        kind(
            "a certificate",
            Rule.CERTIFICATE,
            d -> d.write(KeyFiles.pem("CERTIFICATE", new byte[] {1, 2, 3}))),
        kind("two keys", Rule.SEVERAL_KEYS, d -> d.write(d.good() + d.good())),
        kind(
            "base64 that was cut",
            Rule.DAMAGED,
            d -> d.write(withoutSecondLine(KeyFiles.pkcs8(KeyFiles.rsa(2048))))),
        kind(
            "bytes after the key",
            Rule.DAMAGED,
            d -> d.write(KeyFiles.pem("PRIVATE KEY", with(der(d.good()), 7)))),
        kind("RSA numbers of two keys", Rule.DAMAGED, d -> d.write(BadKeys.rsaNumbersOfTwoKeys())),
        kind(
            "over 64 KiB",
            Rule.TOO_LARGE,
            d -> d.write(d.good() + "x".repeat(65_536 - d.good().length() + 1))));
  }

  private static Stream<Arguments> encryption() {
    return Stream.of(
        kind(
            "encrypted, no passphrase",
            Rule.ENCRYPTED,
            d -> d.write(KeyFiles.encryptedPkcs8(KeyFiles.ed25519(), "secret"))),
        kind(
            "another passphrase",
            Rule.WRONG_PASSPHRASE,
            d -> {
              d.passphrase = Passphrase.in(d.beside("passphrase", "other\n"));
              return d.write(KeyFiles.encryptedPkcs8(KeyFiles.ed25519(), "secret"));
            }),
        kind(
            "no passphrase file",
            Rule.PASSPHRASE_FILE,
            d -> {
              d.passphrase = Passphrase.in(d.directory.resolveSibling("missing"));
              return d.write(KeyFiles.encryptedPkcs8(KeyFiles.ed25519(), "secret"));
            }),
        kind(
            "an empty passphrase file",
            Rule.PASSPHRASE_FILE,
            d -> {
              d.passphrase = Passphrase.in(d.beside("passphrase", "\nsecret\n"));
              return d.write(KeyFiles.encryptedPkcs8(KeyFiles.ed25519(), "secret"));
            }),
        kind(
            "a passphrase for everyone",
            Rule.PASSPHRASE_FILE,
            d -> {
              d.passphrase =
                  Passphrase.in(
                      KeyFiles.withPermissions(d.beside("passphrase", "secret\n"), "rw-r--r--"));
              return d.write(KeyFiles.encryptedPkcs8(KeyFiles.ed25519(), "secret"));
            }),
        kind(
            "the old encryption",
            Rule.OLD_ENCRYPTION,
            d -> {
              d.passphrase = Passphrase.in(d.beside("passphrase", "secret\n"));
              return d.write(KeyFiles.encryptedTraditional(KeyFiles.rsa(2048), "secret"));
            }),
        kind("an old scheme", Rule.OLD_ENCRYPTION, d -> d.write(EncryptionBombs.pkcs5v1())),
        kind(
            "PBKDF2 for years",
            Rule.COSTLY_ENCRYPTION,
            d -> d.write(EncryptionBombs.pbkdf2(2_000_000_000))),
        kind(
            "scrypt for all memory",
            Rule.COSTLY_ENCRYPTION,
            d -> d.write(EncryptionBombs.scrypt(1 << 30, 8, 1))));
  }

  private static Stream<Arguments> keys() {
    return Stream.of(
        kind("DSA", Rule.UNSUPPORTED_TYPE, d -> d.write(KeyFiles.pkcs8(KeyFiles.ofType("DSA")))),
        kind(
            "RSASSA-PSS",
            Rule.UNSUPPORTED_TYPE,
            d -> d.write(KeyFiles.pkcs8(KeyFiles.ofType("RSASSA-PSS")))),
        kind(
            "X25519",
            Rule.UNSUPPORTED_TYPE,
            d -> d.write(KeyFiles.pkcs8(KeyFiles.ofType("X25519")))),
        kind(
            "Ed448", Rule.UNSUPPORTED_TYPE, d -> d.write(KeyFiles.pkcs8(KeyFiles.ofType("Ed448")))),
        kind(
            "secp256k1",
            Rule.UNSUPPORTED_TYPE,
            d -> d.write(KeyFiles.pkcs8(KeyFiles.ec("secp256k1")))),
        kind("P-224", Rule.UNSUPPORTED_TYPE, d -> d.write(KeyFiles.sec1(KeyFiles.ec("secp224r1")))),
        kind("a curve written out", Rule.UNSUPPORTED_TYPE, d -> d.write(BadKeys.explicitCurve())),
        kind(
            "parameters alone",
            Rule.UNSUPPORTED_TYPE,
            d -> d.write(KeyFiles.pem("EC PARAMETERS", new byte[] {5, 0}))),
        kind("RSA with 1024 bits", Rule.WEAK_KEY, d -> d.write(KeyFiles.pkcs8(KeyFiles.rsa(1024)))),
        kind("an even RSA modulus", Rule.WEAK_KEY, d -> d.write(BadKeys.evenModulus())),
        kind("an RSA exponent of 1", Rule.WEAK_KEY, d -> d.write(BadKeys.exponentOfOne())),
        kind("RSA primes side by side", Rule.WEAK_KEY, d -> d.write(BadKeys.closePrimes())),
        kind("a short RSA prime", Rule.WEAK_KEY, d -> d.write(BadKeys.shortPrime())),
        kind(
            "a small RSA private exponent",
            Rule.WEAK_KEY,
            d -> d.write(BadKeys.smallPrivateExponent())),
        kind("an RSA prime that is none", Rule.WEAK_KEY, d -> d.write(BadKeys.compositePrime())),
        kind("an EC key of 1", Rule.WEAK_KEY, d -> d.write(BadKeys.ecOfOne())),
        kind("an Ed25519 key of zeros", Rule.WEAK_KEY, d -> d.write(BadKeys.ed25519(new byte[32]))),
        kind(
            "the key of an RFC",
            Rule.PUBLISHED_KEY,
            d ->
                d.write(
                    BadKeys.ed25519(
                        Base64.getUrlDecoder()
                            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")))));
  }

  private static Stream<Arguments> tokens() {
    return Stream.of(
        kind(
            "a PIN in a URI",
            Rule.TOKEN_URI,
            d -> d.write("pkcs11:token=lint;object=seven?pin-value=1234\n")),
        kind("a URI of no key", Rule.TOKEN_URI, d -> d.write("pkcs11:token=lint\n")),
        kind(
            "a URI where no module is allowed",
            Rule.TOKEN_MODULE,
            d -> d.write("pkcs11:token=lint;object=seven\n")),
        kind(
            "a module that is not allowed",
            Rule.TOKEN_MODULE,
            d -> d.write("pkcs11:token=lint;object=seven?module-path=/tmp/evil.so\n")),
        kind(
            "a token that is not there",
            Rule.TOKEN_UNAVAILABLE,
            d -> d.inToken("pkcs11:token=elsewhere;object=seven\n")),
        kind(
            "a token that wants a PIN",
            Rule.TOKEN_PIN,
            d -> d.inToken("pkcs11:token=lint;object=seven\n")),
        kind(
            "a PIN that the token refuses",
            Rule.TOKEN_PIN,
            d -> {
              d.tokens =
                  new Tokens(d.tokens.modules(), Passphrase.pinIn(d.beside("pin", "4321\n")));
              return d.inToken("pkcs11:token=lint;object=seven\n");
            }),
        kind(
            "a token without the key",
            Rule.TOKEN_KEY,
            d -> {
              d.tokens =
                  new Tokens(
                      d.tokens.modules(), Passphrase.pinIn(d.beside("pin", SoftHsm.PIN + "\n")));
              return d.inToken("pkcs11:token=lint;object=seven\n");
            }));
  }

  /// Made before the library is loaded.
  private static final class LintToken {
    static final SoftHsm HSM = make();

    private static SoftHsm make() {
      var hsm = SoftHsm.ofThisProcess();
      hsm.token("lint");
      return hsm;
    }
  }

  private static Stream<Arguments> files() {
    return Stream.of(
        kind(
            "readable by the world",
            Rule.PERMISSIONS,
            d -> KeyFiles.withPermissions(d.write(d.good()), "rw-r--r--")),
        kind(
            "writable by the group",
            Rule.PERMISSIONS,
            d -> KeyFiles.withPermissions(d.write(d.good()), "rw-rw----")),
        kind(
            "another owner",
            Rule.OTHER_OWNER,
            d -> {
              var file = d.write(d.good());
              assumeTrue(becomes(file, 4242), "only root can give a file away");
              return file;
            }),
        kind(
            "a directory for everybody",
            Rule.OPEN_DIRECTORY,
            d -> KeyFiles.withPermissions(d.directory, "rwxrwxrwx")),
        kind("a directory", Rule.NOT_A_FILE, d -> Files.createDirectory(d.file())),
        kind(
            "a FIFO",
            Rule.NOT_A_FILE,
            d -> {
              assumeTrue(run("mkfifo", d.file().toString()), "mkfifo is missing");
              return d.file();
            }),
        kind(
            "a socket",
            Rule.NOT_A_FILE,
            d -> {
              try (var socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                socket.bind(UnixDomainSocketAddress.of(d.file()));
              }
              return d.file();
            }),
        kind(
            "a link out of the directory",
            Rule.LINK_OUTSIDE,
            d ->
                Files.createSymbolicLink(
                    d.file(),
                    KeyFiles.write(d.directory.resolveSibling("elsewhere.pem"), d.good()))),
        kind(
            "a link to nothing",
            Rule.DANGLING_LINK,
            d -> Files.createSymbolicLink(d.file(), Path.of("gone.pem"))),
        kind(
            "a link in a circle",
            Rule.DANGLING_LINK,
            d -> Files.createSymbolicLink(d.file(), d.file().getFileName())),
        kind(
            "unreadable",
            Rule.UNREADABLE,
            d -> {
              assumeTrue(!"root".equals(System.getProperty("user.name")), "root reads everything");
              return KeyFiles.withPermissions(d.write(d.good()), "---------");
            }),
        kind(
            "a default key whose directory is away",
            Rule.DIRECTORY_LOST,
            d -> d.defaultKey = d.directory.resolveSibling("away").resolve("private.pem")));
  }

  private static Stream<Arguments> history() {
    return Stream.of(
        kind(
            "two files for one kid",
            Rule.DUPLICATE_ID,
            d -> {
              d.pattern = FileNamePattern.of("PATTERN", "(?:private|old)\\.id\\.([0-9]*)\\.pem");
              d.log.add("useradm", 7, d.key(d.write(d.good())));
              return d.write("old.id.7.pem", d.good());
            }),
        kind(
            "the same key twice for one kid",
            Rule.DUPLICATE_ID,
            d -> {
              d.pattern = FileNamePattern.of("PATTERN", "(?:private|second)\\.id\\.([0-9]*)\\.pem");
              var text = d.good();
              d.write(text);
              return d.write("second.id.7.pem", text);
            }),
        kind(
            "the same key under two kids",
            Rule.SAME_KEY,
            d -> {
              var text = d.good();
              d.write(text);
              return d.write("private.id.8.pem", text);
            }),
        kind(
            "another key in place of a known one",
            Rule.ID_TAKEN,
            d -> {
              d.log.add(
                  "useradm",
                  7,
                  d.key(
                      d.write(
                          BadKeys.ed25519("a seed that is the same each run".getBytes(US_ASCII)))));
              return d.write(d.good());
            }),
        kind(
            "a retired key",
            Rule.RETIRED,
            d -> {
              var file = d.write(d.good());
              d.log.add("useradm", 7, d.key(file));
              d.log.retire("useradm", 7);
              return file;
            }),
        kind(
            "a compromised key",
            Rule.COMPROMISED,
            d -> {
              var file = d.write(d.good());
              d.log.add("useradm", 7, d.key(file));
              d.log.compromise("useradm", 7);
              return file;
            }),
        kind(
            "a compromised key under another kid",
            Rule.COMPROMISED,
            d -> {
              var file = d.write(d.good());
              d.log.add("useradm", 6, d.key(file));
              d.log.compromise("useradm", 6);
              return file;
            }),
        kind(
            "a key of another ring",
            Rule.SHARED_KEY,
            d -> {
              var file = d.write(d.good());
              d.log.add("deviceauth", 3, d.key(file));
              return file;
            }),
        kind(
            "a key that devices cannot verify artifacts with",
            Rule.NOT_FOR_ARTIFACTS,
            d -> {
              d.ring = "artifact";
              d.write("private.id.1.pem", KeyFiles.pkcs8(KeyFiles.ec("secp256r1")));
              return d.write(d.good());
            }));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void saysWhatIsWrongAndWhatToDoAndGoesOnWithTheRest(Rule rule, Setup setup) throws IOException {
    var directory = new BadDirectory(Files.createDirectory(temp.resolve("rsa")));
    directory.write("private.id.1.pem", KeyFiles.pkcs8(KeyFiles.ed25519()));
    var file = setup.in(directory);

    var findings = directory.lint();

    assertThat(findings)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.file()).isEqualTo(file);
              assertThat(finding.rule()).isEqualTo(rule);
              assertThat(finding.line()).doesNotContainPattern("\\p{Cntrl}").contains("(");
            });
    assertThat(page())
        .contains(
            findings
                .getFirst()
                .line()
                .replace(directory.directory.toString(), SHOWN_DIRECTORY)
                .replace(temp.toString(), "/etc/useradm"));
    assertThat(directory.usable()).contains(1L);
  }

  @Test
  void showsAtLeastFortyKinds() {
    assertThat(kinds()).hasSizeGreaterThanOrEqualTo(40);
  }

  /// Those that only a running service finds are shown by their own tests.
  @Test
  void hasAKindForEveryRule() {
    assertThat(kinds().map(kind -> kind.get()[0]).collect(toSet()))
        .containsExactlyInAnyOrder((Object[]) Rule.values());
  }

  @Test
  void explainsEveryRuleOnItsPageAndNoOther() {
    var headings =
        Pattern.compile("(?m)^### `([a-z0-9-]+)`$")
            .matcher(page())
            .results()
            .map(match -> match.group(1))
            .toList();

    assertThat(headings)
        .containsExactlyInAnyOrderElementsOf(Arrays.stream(Rule.values()).map(Rule::id).toList());
  }

  /// Puts something into a directory; returns the file that the finding must name.
  @FunctionalInterface
  interface Setup {
    Path in(BadDirectory directory) throws IOException;
  }

  private static Arguments kind(String title, Rule rule, Setup setup) {
    return argumentSet(title, rule, setup);
  }

  private static String page() {
    try {
      return Files.readString(PAGE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] der(String pem) {
    return Base64.getMimeDecoder()
        .decode(pem.lines().filter(line -> !line.startsWith("-")).collect(joining()));
  }

  private static byte[] with(byte[] bytes, int last) {
    var longer = Arrays.copyOf(bytes, bytes.length + 1);
    longer[bytes.length] = (byte) last;
    return longer;
  }

  private static String withoutSecondLine(String pem) {
    var lines = new ArrayList<>(pem.lines().toList());
    lines.remove(2);
    return String.join("\n", lines) + "\n";
  }

  private static boolean becomes(Path file, int owner) {
    try {
      Files.setAttribute(file, "unix:uid", owner);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean run(String... command) {
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// A ring's directory, its settings and its past.
  static final class BadDirectory {
    final Path directory;
    final History log = new History();
    String ring = "useradm";
    FileNamePattern pattern = PATTERN;
    Passphrase passphrase = Passphrase.none();
    Tokens tokens = Tokens.none();
    Path defaultKey;

    BadDirectory(Path directory) {
      this.directory = directory;
      this.defaultKey = directory.resolve("private.pem");
    }

    Path file() {
      return directory.resolve("private.id.7.pem");
    }

    String good() {
      return KeyFiles.pkcs8(KeyFiles.ed25519());
    }

    Path write(String text) {
      return write("private.id.7.pem", text);
    }

    Path write(String name, String text) {
      return KeyFiles.write(directory.resolve(name), text);
    }

    Path write(byte[] bytes) throws IOException {
      return KeyFiles.withPermissions(Files.write(file(), bytes), "rw-------");
    }

    /// Lets the file name a token of SoftHSM.
    Path inToken(String uri) {
      assumeTrue(SoftHsm.isInstalled(), "SoftHSM 2 or OpenSC is not installed");
      tokens = new Tokens(List.of(LintToken.HSM.library()), tokens.pin());
      return write(uri);
    }

    Path beside(String name, String text) {
      return KeyFiles.write(directory.resolveSibling(name), text);
    }

    /// The key in a file that was just written.
    KeyFile key(Path file) {
      return look().keys().stream()
          .filter(key -> key.file().equals(file))
          .findFirst()
          .orElseThrow();
    }

    List<Finding> lint() {
      var seen = look();
      var all = new ArrayList<>(seen.findings());
      all.addAll(Resolution.of(ring, seen.keys(), log.map, Map.of()).findings());
      return all;
    }

    List<Long> usable() {
      return List.copyOf(Resolution.of(ring, look().keys(), log.map, Map.of()).keys().keySet());
    }

    private KeyDirectory.Seen look() {
      return (KeyDirectory.Seen)
          new KeyDirectory(directory, pattern, defaultKey, passphrase, tokens)
              .look(Instant.now().plus(Duration.ofMinutes(1)));
    }
  }

  /// What the key log says.
  static final class History {
    KidMap map = KidMap.empty();

    void add(String ring, long kid, KeyFile file) {
      apply(
          event(ring, kid)
              .setKeyAdded(
                  KeyAdded.newBuilder()
                      .setAlg(file.key().alg().jwsName())
                      .setPublicKey(ByteString.copyFrom(file.key().publicKey().getEncoded()))
                      .setThumbprint(file.key().thumbprint())
                      .setIssuer("issuer")
                      .setPurpose(Purpose.ofRing(ring).orElseThrow().toProto())));
    }

    void retire(String ring, long kid) {
      apply(
          event(ring, kid)
              .setKeyRetired(KeyRetired.newBuilder().setCause(KeyRetired.Cause.CAUSE_COMMAND)));
    }

    void compromise(String ring, long kid) {
      apply(event(ring, kid).setKeyCompromised(KeyCompromised.getDefaultInstance()));
    }

    private KeyEvent.Builder event(String ring, long kid) {
      return KeyEvent.newBuilder().setEpoch(map.epoch() + 1).setRing(ring).setKid(kid);
    }

    private void apply(KeyEvent.Builder event) {
      map = ((KidMap.Applied) map.apply(event.build())).map();
    }
  }
}
