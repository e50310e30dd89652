package org.rekey.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/// A Mender artifact, not compressed.
final class SmallArtifact {
  private static final byte[] VERSION = "{\"format\":\"mender\",\"version\":3}".getBytes(UTF_8);

  private SmallArtifact() {}

  /// @param signer a P-256 key; null for none
  static byte[] of(byte[] payload, @Nullable KeyPair signer) {
    byte[] header =
        tar(
            List.of(
                Map.entry(
                    "header-info",
                    "{\"payloads\":[{\"type\":\"rootfs-image\"}],\"artifact_provides\":{\"artifact_name\":\"r1\"},\"artifact_depends\":{\"device_type\":[\"dev\"]}}"
                        .getBytes(UTF_8)),
                Map.entry(
                    "headers/0000/type-info", "{\"type\":\"rootfs-image\"}".getBytes(UTF_8))));
    byte[] manifest =
        (line("data/0000/root.ext4", payload)
                + line("header.tar", header)
                + line("version", VERSION))
            .getBytes(UTF_8);
    List<Map.Entry<String, byte[]>> members = new ArrayList<>();
    members.add(Map.entry("version", VERSION));
    members.add(Map.entry("manifest", manifest));
    if (signer != null) {
      members.add(Map.entry("manifest.sig", signature(manifest, signer)));
    }
    members.add(Map.entry("header.tar", header));
    members.add(Map.entry("data/0000.tar", tar(List.of(Map.entry("root.ext4", payload)))));
    return tar(members);
  }

  private static String line(String name, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content))
          + "  "
          + name
          + "\n";
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] signature(byte[] manifest, KeyPair signer) {
    try {
      var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(signer.getPrivate());
      signature.update(manifest);
      return Base64.getEncoder().encode(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] tar(List<Map.Entry<String, byte[]>> members) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new TarArchiveOutputStream(bytes)) {
      for (var member : members) {
        var entry = new TarArchiveEntry(member.getKey());
        entry.setSize(member.getValue().length);
        out.putArchiveEntry(entry);
        out.write(member.getValue());
        out.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
