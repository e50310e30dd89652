package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.rekey.artifact.TestArtifact.ofVersion;
import static org.rekey.artifact.TestArtifact.standard;
import static org.rekey.artifact.TestArtifact.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.rekey.artifact.Members.Member;

/// Artifacts with one thing wrong each, and a few with nothing wrong.
final class DamageTable {
  /// How the answer stands to that of `mender-artifact` 3.9.
  enum Than {
    SAME,
    /// Refused here and not there; the documentation says why.
    STRICTER,
    /// Known here and to later versions of Mender's program, not to that one.
    NEWER
  }

  /// @param answer `ok`, a rule, `unsigned`, `signature` or `key`
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Row(String name, TestKey key, byte[] bytes, String answer, Than than) {
    @Override
    public String toString() {
      return name + " -> " + answer;
    }
  }

  private final List<Row> rows = new ArrayList<>();

  static List<Row> rows() {
    var table = new DamageTable();
    table.whole();
    table.signatures();
    table.order();
    table.cut();
    table.checksums();
    table.manifests();
    table.names();
    table.headers();
    table.compression();
    table.tar();
    return table.rows;
  }

  private void whole() {
    ok("signed by RSA", TestKey.RSA, standard());
    ok("signed by P-256", TestKey.EC, standard().signedBy(TestKey.EC));
    ok("format 2", TestKey.RSA, ofVersion(2));
    ok("format 2, P-256", TestKey.EC, ofVersion(2).signedBy(TestKey.EC));
    ok("not compressed", TestKey.RSA, standard().with(a -> a.suffix = ""));
    ok("xz", TestKey.RSA, standard().with(a -> a.suffix = ".xz"));
    add("zstd", TestKey.RSA, standard().with(a -> a.suffix = ".zst").bytes(), "ok", Than.NEWER);
    ok(
        "a signature with a line feed after it",
        TestKey.RSA,
        standard()
            .with(a -> a.signature = m -> (TestKey.RSA.signText(m) + "\n").getBytes(US_ASCII)));
    ok(
        "a signature in lines of 76",
        TestKey.RSA,
        standard()
            .with(a -> a.signature = m -> Base64.getMimeEncoder().encode(TestKey.RSA.sign(m))));
  }

  private void signatures() {
    no("unsigned", standard().unsigned(), "unsigned");
    no("unsigned, format 2", ofVersion(2).unsigned(), "unsigned");
    add("another RSA key", TestKey.OTHER_RSA, standard().bytes(), "signature", Than.SAME);
    add(
        "another P-256 key",
        TestKey.OTHER_EC,
        standard().signedBy(TestKey.EC).bytes(),
        "signature",
        Than.SAME);
    add("an EC key on an RSA signature", TestKey.EC, standard().bytes(), "signature", Than.SAME);
    add(
        "an RSA key on an EC signature",
        TestKey.RSA,
        standard().signedBy(TestKey.EC).bytes(),
        "signature",
        Than.SAME);
    signature("one bit of the signature", TestKey.RSA, m -> base64(flipped(TestKey.RSA.sign(m))));
    signature("one bit of r and s", TestKey.EC, m -> base64(flipped(TestKey.EC.sign(m))));
    signature("an empty signature", TestKey.RSA, _ -> new byte[0]);
    signature("a signature that is no base64", TestKey.RSA, _ -> "!!!!".getBytes(US_ASCII));
    signature("base64 without its padding", TestKey.EC, m -> trimmed(base64(TestKey.EC.sign(m))));
    signature("a signature in binary", TestKey.RSA, TestKey.RSA::sign);
    signature(
        "DER instead of r and s", TestKey.EC, m -> base64(TestKey.EC.sign("SHA256withECDSA", m)));
    signature("PSS instead of PKCS#1", TestKey.RSA, m -> base64(TestKey.RSA.sign("RSASSA-PSS", m)));
    signature("r and s zero", TestKey.EC, _ -> base64(new byte[64]));
    signature("SHA-512", TestKey.RSA, m -> base64(TestKey.RSA.sign("SHA512withRSA", m)));
    add("another curve", TestKey.P384, standard().signedBy(TestKey.P384).bytes(), "key", Than.SAME);
    add("Ed25519", TestKey.ED25519, standard().signedBy(TestKey.ED25519).bytes(), "key", Than.SAME);
    add(
        "a 1024-bit RSA key",
        TestKey.SHORT_RSA,
        standard().signedBy(TestKey.SHORT_RSA).bytes(),
        "key",
        Than.STRICTER);
  }

  private void order() {
    for (int version : new int[] {2, 3}) {
      var of = ", format " + version;
      outer(version, "the signature before the manifest" + of, "order", m -> swap(m, 1, 2));
      outer(version, "the signature after the header" + of, "order", m -> swap(m, 2, 3));
      outer(version, "the signature at the end" + of, "order", m -> m.add(m.remove(2)));
      outer(version, "two signatures" + of, "order", m -> m.add(3, m.get(2)));
      outer(version, "the version after the manifest" + of, "order", m -> swap(m, 0, 1));
      outer(version, "the payload before the header" + of, "order", m -> swap(m, 3, 4));
      outer(version, "two headers" + of, "order", m -> m.add(4, m.get(3)));
      outer(version, "no version" + of, "order", m -> m.remove(0));
      outer(version, "no manifest" + of, "order", m -> m.remove(1));
      outer(version, "no header" + of, "order", m -> m.remove(3));
      outer(version, "no payload" + of, "manifest", m -> m.remove(4));
      outer(version, "a member at the end" + of, "order", m -> m.add(text("readme", "hello")));
      outer(
          version, "a member in the middle" + of, "order", m -> m.add(3, text("readme", "hello")));
    }
    outer("the payload twice", "order", Than.STRICTER, m -> m.add(m.get(4)));
    outer(
        "the payload under another number",
        "order",
        Than.SAME,
        m -> m.set(4, Member.file("data/0001.tar.gz", m.get(4).content())));
    outer(
        "the payload outside of data",
        "order",
        Than.SAME,
        m -> m.set(4, Member.file("0000.tar.gz", m.get(4).content())));
    outer(
        "a name with ./ before it",
        "order",
        Than.SAME,
        m -> m.set(0, Member.file("./version", m.get(0).content())));
    outer(
        "a name that only begins with version",
        "order",
        Than.STRICTER,
        m -> m.set(0, Member.file("version-3", m.get(0).content())));
    outer("no member at all", "order", Than.SAME, List::clear);
  }

  private void cut() {
    var bytes = standard().bytes();
    add("an empty file", TestKey.RSA, new byte[0], "truncated", Than.SAME);
    add("cut in its first header", TestKey.RSA, Arrays.copyOf(bytes, 300), "truncated", Than.SAME);
    add("cut in the manifest", TestKey.RSA, Arrays.copyOf(bytes, 1600), "truncated", Than.SAME);
    add(
        "cut in the payload",
        TestKey.RSA,
        Arrays.copyOf(bytes, bytes.length - 20_000),
        "truncated",
        Than.SAME);
    add(
        "cut before its end marks",
        TestKey.RSA,
        Arrays.copyOf(bytes, bytes.length - 1024),
        "truncated",
        Than.STRICTER);
    no(
        "a payload cut within its compression",
        standard().with(a -> a.packedPayload = p -> Arrays.copyOf(p, p.length - 5_000)),
        "compression");
    no(
        "not an artifact",
        standard().with(a -> a.whole = _ -> "#!/bin/sh\n".repeat(200).getBytes(US_ASCII)),
        "tar");
  }

  private void checksums() {
    outer(
        "the payload changed",
        "checksum",
        Than.SAME,
        m ->
            m.set(
                4,
                Member.file(
                    "data/0000.tar.gz",
                    TestArtifact.pack(
                        Members.write(List.of(text("root.ext4", "something else"))), ".gz"))));
    outer(
        "a space more in the version",
        "checksum",
        Than.SAME,
        m -> m.set(0, text("version", "{\"format\":\"mender\", \"version\":3}")));
    outer(
        "the header packed again",
        "checksum",
        Than.SAME,
        m -> m.set(3, Member.file("header.tar.gz", otherHeader())));
    outer(
        "one digit of the manifest",
        "checksum",
        Than.SAME,
        m -> m.set(1, Member.file("manifest", otherDigit(m.get(1).content()))));
    no(
        "the checksum of the header wrong, and signed",
        standard()
            .with(
                a -> a.manifest = t -> t.replaceFirst("[0-9a-f]{64}(?=  header)", "0".repeat(64))),
        "checksum");
  }

  private void manifests() {
    manifest("upper-case checksums", Than.SAME, text -> upper(text));
    manifest("lines of Windows", Than.SAME, text -> text.replace("\n", "\r\n"));
    manifest("one space between", Than.SAME, text -> text.replace("  ", " "));
    manifest("no line feed at the end", Than.SAME, String::stripTrailing);
    manifest("a line twice", Than.SAME, text -> text + text.lines().toList().getLast() + "\n");
    manifest("an empty line", Than.SAME, text -> "\n" + text);
    manifest("no lines", Than.SAME, _ -> "");
    manifest("no line for the payload", "payload", Than.SAME, text -> without(text, "data/"));
    manifest("no line for the header", "manifest", Than.SAME, text -> without(text, "header"));
    manifest("no line for the version", "manifest", Than.SAME, text -> without(text, "version"));
    manifest(
        "a line for what is not there",
        Than.SAME,
        text -> text + "0".repeat(64) + "  data/0000/ghost\n");
    manifest(
        "a line for a payload beyond",
        Than.SAME,
        text -> text + "0".repeat(64) + "  data/0007/ghost\n");
    manifest("a line for the manifest", Than.SAME, text -> text + "0".repeat(64) + "  manifest\n");
  }

  private void names() {
    payload("a payload that leads out", "../root.ext4", Than.SAME);
    payload("a payload from the root", "/root.ext4", Than.SAME);
    payload("a payload named ..", "..", Than.SAME);
    payload("a payload in a folder", "boot/root.ext4", Than.SAME);
    payload("a payload with a letter beyond ASCII", "röot.ext4", Than.SAME);
    payload("a payload with a semicolon", "root;reboot", Than.SAME);
    ok(
        "a payload with a long name",
        TestKey.RSA,
        standard().with(a -> rename(a, "r".repeat(180) + ".ext4")));
    no(
        "a payload that is a link",
        standard()
            .with(
                a ->
                    a.payloads
                        .getFirst()
                        .set(0, new Member("root.ext4", TarConstants.LF_SYMLINK, new byte[0]))),
        "tar",
        Than.STRICTER);
    no(
        "two files for one root file system",
        standard().with(a -> a.payloads.getFirst().add(text("second.ext4", "more"))),
        "payload");
  }

  private void headers() {
    header("no header-info first", "header", Than.SAME, h -> swap(h, 0, 1));
    header("no header-info at all", "header", Than.SAME, h -> h.remove(0));
    header(
        "a header-info that is no JSON",
        "header",
        Than.SAME,
        h -> h.set(0, text("header-info", "{")));
    header(
        "no payload announced",
        "header",
        Than.SAME,
        h -> h.set(0, text("header-info", info("[]"))));
    header(
        "a payload without a type",
        "header",
        Than.SAME,
        h -> h.set(0, text("header-info", info("[{\"type\":\"\"}]"))));
    header(
        "no name",
        "header",
        Than.STRICTER,
        h ->
            h.set(
                0,
                text(
                    "header-info",
                    "{\"payloads\":[{\"type\":\"rootfs-image\"}],\"artifact_provides\":{},\"artifact_depends\":{\"device_type\":[\"dev\"]}}")));
    header(
        "a member twice in header-info",
        "header",
        Than.STRICTER,
        h ->
            h.set(
                0,
                text(
                    "header-info",
                    info("[{\"type\":\"other\"}],\"payloads\":[{\"type\":\"rootfs-image\"}]"))));
    header("no type-info", "header", Than.STRICTER, h -> h.remove(2));
    header(
        "a header for a payload beyond",
        "header",
        Than.SAME,
        h -> h.add(text("headers/0001/type-info", "{\"type\":\"rootfs-image\"}")));
    header("a file that is none of it", "header", Than.SAME, h -> h.add(text("readme", "hello")));
    header(
        "a script that leads out",
        "header",
        Than.SAME,
        h -> h.set(1, text("scripts/../../etc/x", "#!/bin/sh\n")));
    header(
        "a script named ..",
        "name",
        Than.STRICTER,
        h -> h.set(1, text("scripts/..", "#!/bin/sh\n")));
    header("a script twice", "header", Than.STRICTER, h -> h.add(1, h.get(1)));
    header("a script after the payloads' headers", "header", Than.SAME, h -> h.add(h.remove(1)));
    header(
        "a header that unpacks to 70 MB",
        "limit",
        Than.STRICTER,
        h -> h.set(1, Member.file("scripts/ArtifactInstall_Enter_00_x", new byte[70_000_000])));
    no(
        "format 1",
        ofVersion(3).with(a -> a.versionText = "{\"format\":\"mender\",\"version\":1}"),
        "version");
    no(
        "format 4",
        ofVersion(3).with(a -> a.versionText = "{\"format\":\"mender\",\"version\":4}"),
        "version");
    no("a version that is no JSON", ofVersion(3).with(a -> a.versionText = "3"), "version");
    no(
        "a file that format 2 does not list",
        ofVersion(2)
            .with(a -> a.header.set(1, text("headers/0000/files", "{\"files\":[\"other.ext4\"]}"))),
        "payload");
  }

  private void compression() {
    no(
        "a header that is not packed as its name says",
        standard().with(a -> a.packedHeader = _ -> Members.write(a.header)),
        "compression");
    no(
        "a payload with a byte changed in its compression",
        standard().with(a -> a.packedPayload = p -> flipped(p)),
        "checksum");
    no(
        "something after the gzip stream",
        standard().with(a -> a.packedPayload = p -> joined(p, "more".getBytes(US_ASCII))),
        "compression",
        Than.STRICTER);
    no(
        "a gzip stream with a wrong sum at its end",
        standard()
            .with(
                a ->
                    a.packedPayload =
                        p -> {
                          p[p.length - 6] ^= 1;
                          return p;
                        }),
        "compression",
        Than.STRICTER);
    no(
        "a gzip stream with a name in it",
        standard()
            .with(
                a ->
                    a.packedHeader =
                        p -> {
                          p[3] = 8;
                          var named = joined(Arrays.copyOf(p, 10), "name\0".getBytes(US_ASCII));
                          return joined(named, Arrays.copyOfRange(p, 10, p.length));
                        }),
        "compression",
        Than.STRICTER);
    no(
        "an xz stream with garbage after it",
        standard()
            .with(
                a -> {
                  a.suffix = ".xz";
                  a.packedPayload = p -> joined(p, "more".getBytes(US_ASCII));
                }),
        "compression",
        Than.STRICTER);
  }

  private void tar() {
    whole("a byte after its end", "tar", Than.STRICTER, b -> joined(b, new byte[] {1}));
    whole(
        "a wrong checksum in a tar header",
        "tar",
        Than.SAME,
        b -> {
          b[100] ^= 1;
          return b;
        });
    whole(
        "a size below zero",
        "tar",
        Than.SAME,
        b -> {
          Arrays.fill(b, 124, 136, (byte) 0xff);
          return resummed(b);
        });
    whole(
        "a size beyond all files",
        "limit",
        Than.SAME,
        b -> {
          b[124] = (byte) 0x80;
          Arrays.fill(b, 125, 128, (byte) 0);
          Arrays.fill(b, 128, 136, (byte) 0x7f);
          return resummed(b);
        });
    whole(
        "a tar header of Unix V7",
        "tar",
        Than.STRICTER,
        b -> {
          Arrays.fill(b, 257, 265, (byte) 0);
          return resummed(b);
        });
    outer(
        "a global header",
        "tar",
        Than.SAME,
        m ->
            m.add(
                0,
                new Member(
                    "pax_global_header", (byte) 'g', "20 comment=abcdefgh\n".getBytes(US_ASCII))));
    outer(
        "a long name in GNU's way",
        "tar",
        Than.STRICTER,
        m -> m.add(0, new Member("././@LongLink", (byte) 'L', "version\0".getBytes(US_ASCII))));
    outer(
        "a link for the manifest",
        "tar",
        Than.SAME,
        m -> m.set(1, new Member("manifest", TarConstants.LF_SYMLINK, new byte[0])));
    outer(
        "a folder for the header",
        "order",
        Than.SAME,
        m -> m.add(3, new Member("header.tar.gz/", TarConstants.LF_DIR, new byte[0])));
  }

  private void ok(String name, TestKey key, TestArtifact artifact) {
    add(name, key, artifact.bytes(), "ok", Than.SAME);
  }

  private void no(String name, TestArtifact artifact, String answer) {
    no(name, artifact, answer, Than.SAME);
  }

  private void no(String name, TestArtifact artifact, String answer, Than than) {
    add(name, TestKey.RSA, artifact.bytes(), answer, than);
  }

  private void signature(
      String name, TestKey key, java.util.function.Function<byte[], byte[]> signature) {
    add(name, key, standard().with(a -> a.signature = signature).bytes(), "signature", Than.SAME);
  }

  private void outer(int version, String name, String answer, Consumer<List<Member>> change) {
    no(name, ofVersion(version).with(a -> a.outer = change), answer);
  }

  private void outer(String name, String answer, Than than, Consumer<List<Member>> change) {
    no(name, standard().with(a -> a.outer = change), answer, than);
  }

  private void manifest(String name, Than than, java.util.function.UnaryOperator<String> change) {
    manifest(name, "manifest", than, change);
  }

  private void manifest(
      String name, String answer, Than than, java.util.function.UnaryOperator<String> change) {
    no("manifest: " + name, standard().with(a -> a.manifest = change), answer, than);
  }

  private void payload(String name, String file, Than than) {
    no(name, standard().with(a -> rename(a, file)), file.contains("/") ? "manifest" : "name", than);
  }

  private void header(String name, String answer, Than than, Consumer<List<Member>> change) {
    no(name, standard().with(a -> change.accept(a.header)), answer, than);
  }

  private void whole(
      String name, String answer, Than than, java.util.function.UnaryOperator<byte[]> change) {
    no(name, standard().with(a -> a.whole = change), answer, than);
  }

  private void add(String name, TestKey key, byte[] bytes, String answer, Than than) {
    rows.add(new Row(name, key, bytes, answer, than));
  }

  private static void rename(TestArtifact artifact, String file) {
    var payload = artifact.payloads.getFirst();
    payload.set(0, Member.file(file, payload.getFirst().content()));
  }

  private static String info(String payloads) {
    return "{\"payloads\":%s,\"artifact_provides\":{\"artifact_name\":\"r1\"},\"artifact_depends\":{\"device_type\":[\"dev\"]}}"
        .formatted(payloads);
  }

  private static byte[] otherHeader() {
    var other = standard();
    other.header.set(1, text("scripts/ArtifactInstall_Enter_00_x", "#!/bin/sh\nreboot\n"));
    return TestArtifact.pack(Members.write(other.header), ".gz");
  }

  private static byte[] otherDigit(byte[] manifest) {
    var changed = manifest.clone();
    changed[3] = (byte) (changed[3] == '0' ? '1' : '0');
    return changed;
  }

  private static String upper(String manifest) {
    return manifest.replaceFirst("^[0-9a-f]{64}", "A".repeat(64));
  }

  private static String without(String manifest, String name) {
    return manifest
        .lines()
        .filter(line -> !line.contains("  " + name))
        .reduce("", (a, b) -> a + b + "\n");
  }

  private static void swap(List<Member> members, int one, int other) {
    Collections.swap(members, one, other);
  }

  private static byte[] base64(byte[] bytes) {
    return Base64.getEncoder().encode(bytes);
  }

  private static byte[] trimmed(byte[] base64) {
    return new String(base64, US_ASCII).replace("=", "").getBytes(US_ASCII);
  }

  private static byte[] flipped(byte[] bytes) {
    var changed = bytes.clone();
    changed[changed.length / 2] ^= 1;
    return changed;
  }

  private static byte[] joined(byte[] one, byte[] other) {
    var all = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, all, one.length, other.length);
    return all;
  }

  /// The first tar header with its checksum made right.
  private static byte[] resummed(byte[] tar) {
    Arrays.fill(tar, 148, 156, (byte) ' ');
    var sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += tar[i] & 0xff;
    }
    var text = "%06o\0 ".formatted(sum).getBytes(US_ASCII);
    System.arraycopy(text, 0, tar, 148, text.length);
    return tar;
  }
}
