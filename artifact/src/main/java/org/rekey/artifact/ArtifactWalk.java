package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.artifact.Artifact.Payload;
import org.rekey.artifact.Artifact.PayloadFile;

/// One artifact, member after member: `version`, `manifest`, perhaps `manifest.sig`, perhaps
/// `manifest-augment`, `header.tar`, perhaps `header-augment.tar`, `data/0000.tar` and so on. Any
/// other order is damage.
final class ArtifactWalk {
  private static final String ORDER =
      "version, manifest, [manifest.sig], [manifest-augment], header.tar, [header-augment.tar], data/0000.tar …";

  private final Source source;
  private final TarWalk tar;
  private final Limits limits;
  private final Watcher watcher;
  private final byte[] buffer = new byte[1 << 16];
  private final Set<String> checked = new HashSet<>();
  private @Nullable TarMember at;
  private long payloadLeft;

  ArtifactWalk(Source source, Limits limits, Watcher watcher) {
    this.source = source;
    this.tar = new TarWalk(source, "the artifact");
    this.limits = limits;
    this.watcher = watcher;
    this.payloadLeft = limits.payload();
  }

  Artifact read() throws IOException {
    advance();
    var versionBytes = small("version");
    var version = version(versionBytes);
    var manifest = Manifest.parse(small("manifest"), false);
    requireSum(manifest, "version", HexFormat.of().formatHex(Sha256.of(versionBytes)));

    var signature = is("manifest.sig") ? new String(small("manifest.sig"), ISO_8859_1) : null;
    watcher.manifest(manifest, signature);
    var augment =
        version == 3 && is("manifest-augment")
            ? Manifest.parse(small("manifest-augment"), true)
            : null;
    requireNoNameInBoth(manifest, augment);

    var compression = compression("header.tar");
    var header = header(manifest, "header.tar" + compression.suffix(), compression, version);
    if (augment != null) {
      var augmented = compression("header-augment.tar");
      augmentedHeader(augment, "header-augment.tar" + augmented.suffix(), augmented);
    }
    var payloads = payloads(manifest, augment, header);
    requireAllChecked(manifest, augment);
    return new Artifact(
        version,
        manifest,
        Optional.ofNullable(signature),
        augment != null,
        header.name(),
        header.group(),
        header.deviceTypes(),
        header.dependsOnNames(),
        header.dependsOnGroups(),
        header.scripts(),
        payloads);
  }

  private static int version(byte[] bytes) throws Damage {
    var version = HeaderJson.parse(bytes, "version", Rule.VERSION);
    var number = version.number("version");
    if (!"mender".equals(version.text("format")) || number < 2 || number > 3) {
      throw new Damage(Rule.VERSION, "version: not Mender's format 2 or 3 (expected: one of them)");
    }
    return number;
  }

  private Header header(Manifest manifest, String name, Compression compression, int version)
      throws IOException {
    var digest = Sha256.digest();
    var packed = new DigestInputStream(tar.content(), digest);
    var header = unpack(name, compression, packed, limits.header(), in -> Header.read(in, version));
    requireRead(name, packed);
    requireSum(manifest, name, HexFormat.of().formatHex(digest.digest()));
    advance();
    return header;
  }

  /// It is outside of the signature, and its content no matter of ours beyond its checksum.
  private void augmentedHeader(Manifest augment, String name, Compression compression)
      throws IOException {
    var digest = Sha256.digest();
    var packed = new DigestInputStream(tar.content(), digest);
    unpack(
        name,
        compression,
        packed,
        limits.header(),
        in -> {
          var inner = new TarWalk(in, name);
          while (inner.next().isPresent()) {
            // All of it is read.
          }
          return name;
        });
    requireRead(name, packed);
    requireSum(augment, name, HexFormat.of().formatHex(digest.digest()));
    advance();
  }

  private List<Payload> payloads(Manifest manifest, @Nullable Manifest augment, Header header)
      throws IOException {
    List<Payload> payloads = new ArrayList<>();
    while (at != null) {
      var index = payloads.size();
      if (index >= header.updates().size()) {
        throw misplaced();
      }
      var update = header.updates().get(index);
      var compression = compression("data/%04d.tar".formatted(index));
      var name = "data/%04d.tar%s".formatted(index, compression.suffix());
      var files =
          unpack(
              name,
              compression,
              tar.content(),
              payloadLeft,
              in -> files(in, index, manifest, augment, update));
      payloads.add(payload(update, files));
      requireRead(name, tar.content());
      advance();
    }
    for (int i = payloads.size(); i < header.updates().size(); i++) {
      payloads.add(payload(header.updates().get(i), List.of()));
    }
    return payloads;
  }

  private static Payload payload(Header.Update update, List<PayloadFile> files) {
    return new Payload(update.type(), update.provides(), update.depends(), update.clears(), files);
  }

  private List<PayloadFile> files(
      InputStream in,
      int index,
      Manifest manifest,
      @Nullable Manifest augment,
      Header.Update update)
      throws IOException {
    var inner = new TarWalk(in, "data/%04d.tar".formatted(index));
    List<PayloadFile> files = new ArrayList<>();
    for (var next = inner.next(); next.isPresent(); next = inner.next()) {
      var member = next.get();
      Names.require(member.name(), "data/%04d.tar".formatted(index));
      var place = "data/%04d/%s".formatted(index, member.name());
      var owner = augment != null && augment.sum(place).isPresent() ? augment : manifest;
      if (member.isDirectory() || owner.sum(place).isEmpty() || isUnlisted(update, member)) {
        throw new Damage(
            Rule.PAYLOAD,
            "%s: not announced as a file (expected: in the manifest%s)"
                .formatted(place, update.files() == null ? "" : " and in the header's files"));
      }
      var digest = Sha256.digest();
      var content = inner.content();
      int n;
      while ((n = content.read(buffer)) >= 0) {
        digest.update(buffer, 0, n);
      }
      var sum = HexFormat.of().formatHex(digest.digest());
      requireSum(owner, place, sum);
      files.add(new PayloadFile(member.name(), member.size(), member.modified(), sum));
    }
    if ("rootfs-image".equals(update.type()) && augment == null && files.size() != 1) {
      throw new Damage(
          Rule.PAYLOAD,
          "data/%04d.tar: %d files (expected: one, the image of a root file system)"
              .formatted(index, files.size()));
    }
    return files;
  }

  private static boolean isUnlisted(Header.Update update, TarMember member) {
    return update.files() != null && !update.files().contains(member.name());
  }

  private interface Content<T> {
    T read(InputStream unpacked) throws IOException;
  }

  private <T> T unpack(
      String name, Compression compression, InputStream packed, long limit, Content<T> content)
      throws IOException {
    try {
      var bounded = new Bounded(compression.open(packed), name, limit);
      var read = content.read(bounded);
      if (name.startsWith("data/")) {
        payloadLeft -= bounded.passed();
      }
      return read;
    } catch (Damage e) {
      throw e;
    } catch (IOException e) {
      source.requireNoFailure();
      throw new Damage(
          Rule.COMPRESSION,
          "%s: cannot be unpacked: %s (expected: one whole stream)"
              .formatted(name, Names.shown(String.valueOf(e.getMessage()))));
    }
  }

  /// What follows a compressed stream, or an archive that is not compressed.
  private void requireRead(String name, InputStream packed) throws IOException {
    if (packed.read() >= 0) {
      throw new Damage(
          Rule.COMPRESSION, name + ": something comes after its end (expected: nothing)");
    }
  }

  private void requireSum(Manifest manifest, String name, String actual) throws Damage {
    var expected =
        manifest
            .sum(name)
            .orElseThrow(
                () ->
                    new Damage(
                        Rule.MANIFEST,
                        "manifest: has no checksum of %s (expected: one)".formatted(name)));
    if (!checked.add(name)) {
      throw new Damage(Rule.ORDER, name + ": twice (expected: once)");
    }
    if (!expected.equals(actual)) {
      throw new Damage(
          Rule.CHECKSUM, "%s: SHA-256 is %s (expected: %s)".formatted(name, actual, expected));
    }
  }

  private static void requireNoNameInBoth(Manifest manifest, @Nullable Manifest augment)
      throws Damage {
    if (augment == null) {
      return;
    }
    for (var name : augment.sums().keySet()) {
      if (manifest.sum(name).isPresent()) {
        throw new Damage(
            Rule.MANIFEST,
            "manifest-augment: names %s, as manifest does (expected: other files)".formatted(name));
      }
    }
  }

  private void requireAllChecked(Manifest manifest, @Nullable Manifest augment) throws Damage {
    Set<String> missing = new java.util.TreeSet<>(manifest.sums().keySet());
    if (augment != null) {
      missing.addAll(augment.sums().keySet());
    }
    missing.removeAll(checked);
    if (!missing.isEmpty()) {
      throw new Damage(
          Rule.MANIFEST,
          "manifest: names %s, which is not there (expected: only what is)"
              .formatted(missing.iterator().next()));
    }
  }

  private boolean is(String name) {
    return at != null && at.name().equals(name) && !at.isDirectory();
  }

  private byte[] small(String name) throws IOException {
    if (!is(name)) {
      throw misplaced();
    }
    var bytes = tar.smallContent(name, Limits.SMALL_FILE);
    advance();
    return bytes;
  }

  private Compression compression(String stem) throws Damage {
    if (at == null || at.isDirectory()) {
      throw misplaced();
    }
    return Compression.of(at.name(), stem).orElseThrow(this::misplaced);
  }

  private void advance() throws IOException {
    if (at != null) {
      tar.endMember();
      watcher.ended(at.name());
    }
    at = tar.next().orElse(null);
    if (at != null) {
      watcher.begins(at.name());
    }
  }

  private Damage misplaced() {
    return new Damage(
        Rule.ORDER,
        "%s where it does not belong (expected: %s)"
            .formatted(at == null ? "the end" : Names.shown(at.name()), ORDER));
  }
}
