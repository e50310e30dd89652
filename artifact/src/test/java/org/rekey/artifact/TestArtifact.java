package org.rekey.artifact;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorOutputStream;
import org.jspecify.annotations.Nullable;
import org.rekey.artifact.Members.Member;

/// An artifact as `mender-artifact` makes it, with every part open to change: what is changed in a
/// part is carried into checksums and signature, what is changed later is not.
final class TestArtifact {
  int version = 3;
  String suffix = ".gz";
  String versionText = "";
  final List<Member> header = new ArrayList<>();
  final List<List<Member>> payloads = new ArrayList<>();
  UnaryOperator<byte[]> packing = bytes -> pack(bytes, suffix);
  UnaryOperator<byte[]> packedHeader = UnaryOperator.identity();
  UnaryOperator<byte[]> packedPayload = UnaryOperator.identity();
  UnaryOperator<String> manifest = UnaryOperator.identity();
  @Nullable Function<byte[], byte[]> signature =
      manifest -> TestKey.RSA.signText(manifest).getBytes(US_ASCII);
  Consumer<List<Member>> outer = members -> {};
  UnaryOperator<byte[]> whole = UnaryOperator.identity();

  static TestArtifact ofVersion(int version) {
    var artifact = new TestArtifact();
    artifact.version = version;
    artifact.versionText = "{\"format\":\"mender\",\"version\":%d}".formatted(version);
    if (version == 2) {
      artifact.header.add(
          text(
              "header-info",
              "{\"artifact_name\":\"r1\",\"updates\":[{\"type\":\"rootfs-image\"}],\"device_types_compatible\":[\"dev\"]}"));
      artifact.header.add(text("headers/0000/files", "{\"files\":[\"root.ext4\"]}"));
      artifact.header.add(text("headers/0000/type-info", "{\"type\":\"rootfs-image\"}"));
    } else {
      artifact.header.add(
          text(
              "header-info",
              "{\"payloads\":[{\"type\":\"rootfs-image\"}],\"artifact_provides\":{\"artifact_name\":\"r1\"},\"artifact_depends\":{\"device_type\":[\"dev\"]}}"));
      artifact.header.add(text("scripts/ArtifactInstall_Enter_00_x", "#!/bin/sh\n"));
      artifact.header.add(
          text(
              "headers/0000/type-info",
              "{\"type\":\"rootfs-image\",\"artifact_provides\":{\"rootfs-image.version\":\"r1\"},\"clears_artifact_provides\":[\"rootfs-image.*\"]}"));
    }
    artifact.header.add(text("headers/0000/meta-data", ""));
    var content = new byte[40_000];
    new Random(7).nextBytes(content);
    artifact.payloads.add(new ArrayList<>(List.of(Member.file("root.ext4", content))));
    return artifact;
  }

  static TestArtifact standard() {
    return ofVersion(3);
  }

  static Member text(String name, String text) {
    return Member.file(name, text.getBytes(UTF_8));
  }

  TestArtifact with(Consumer<TestArtifact> change) {
    change.accept(this);
    return this;
  }

  TestArtifact signedBy(TestKey key) {
    signature = bytes -> key.signText(bytes).getBytes(US_ASCII);
    return this;
  }

  TestArtifact unsigned() {
    signature = null;
    return this;
  }

  byte[] bytes() {
    var sums = new StringBuilder();
    List<Member> data = new ArrayList<>();
    for (int i = 0; i < payloads.size(); i++) {
      for (Member file : payloads.get(i)) {
        sums.append(line("data/%04d/%s".formatted(i, file.name()), file.content()));
      }
      data.add(
          Member.file(
              "data/%04d.tar%s".formatted(i, suffix),
              packedPayload.apply(packing.apply(Members.write(payloads.get(i))))));
    }
    var head =
        Member.file(
            "header.tar" + suffix, packedHeader.apply(packing.apply(Members.write(header))));
    sums.append(line(head.name(), head.content()));
    sums.append(line("version", versionText.getBytes(UTF_8)));
    var text = manifest.apply(sums.toString()).getBytes(UTF_8);

    List<Member> members = new ArrayList<>();
    members.add(text("version", versionText));
    members.add(Member.file("manifest", text));
    if (signature != null) {
      members.add(Member.file("manifest.sig", signature.apply(text)));
    }
    members.add(head);
    members.addAll(data);
    outer.accept(members);
    return whole.apply(Members.write(members));
  }

  static String line(String name, byte[] content) {
    return HexFormat.of().formatHex(Sha256.of(content)) + "  " + name + "\n";
  }

  static byte[] pack(byte[] bytes, String suffix) {
    var packed = new ByteArrayOutputStream();
    try (var out = packer(packed, suffix)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  private static OutputStream packer(OutputStream out, String suffix) throws IOException {
    return switch (suffix) {
      case "" -> out;
      case ".gz" -> new GZIPOutputStream(out);
      case ".xz" -> new XZCompressorOutputStream(out);
      case ".zst" -> new ZstdCompressorOutputStream(out);
      default -> throw new IllegalArgumentException(suffix);
    };
  }
}
