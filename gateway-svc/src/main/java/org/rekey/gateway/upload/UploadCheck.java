package org.rekey.gateway.upload;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.artifact.ArtifactKey;
import org.rekey.artifact.ArtifactReader;
import org.rekey.artifact.Inspection;
import org.rekey.artifact.Limits;
import org.rekey.artifact.Manifest;
import org.rekey.artifact.Watcher;
import org.rekey.gateway.file.FileText;

/// What a route wants of the artifacts that are uploaded on it: each whole, and signed by one of
/// its keys.
///
/// @param source the file that the keys are from
public record UploadCheck(FileText source, List<ArtifactKey> keys) {
  private static final String ARTIFACT = "artifact";

  public UploadCheck {
    keys = List.copyOf(keys);
  }

  /// @param file public keys, PEM
  /// @throws IllegalArgumentException naming what is wrong with them
  public static UploadCheck read(Path file) throws IOException {
    var source = FileText.read(file);
    return new UploadCheck(source, ArtifactKey.fromPem(source.text()));
  }

  /// Reads a whole body, unless something is wrong with it.
  ///
  /// @param contentType of the request
  /// @return why it is refused, for the client; empty if it is not
  /// @throws IOException when the body does not come
  public Optional<String> problem(InputStream body, String contentType) throws IOException {
    try {
      var parts = new FormParts(body, contentType);
      var artifacts = 0;
      while (parts.next()) {
        if (parts.name().equals(ARTIFACT)) {
          if (++artifacts > 1) {
            throw new UploadRefused("the body has two parts named artifact");
          }
          inspect(parts.content());
        }
      }
      return artifacts == 0 ? Optional.of("the body has no part named artifact") : Optional.empty();
    } catch (UploadRefused e) {
      return Optional.of(e.text());
    }
  }

  private void inspect(InputStream artifact) throws IOException {
    // The signature comes long before the payload: what nobody trusted has signed is not unpacked.
    var watcher =
        new Watcher() {
          @Override
          public void manifest(Manifest manifest, @Nullable String signature) throws IOException {
            requireSigned(manifest, signature);
          }
        };
    if (new ArtifactReader(Limits.GENEROUS, watcher).inspect(artifact)
        instanceof Inspection.Damaged(var rule, String message)) {
      throw new UploadRefused("the artifact is damaged: %s: %s".formatted(rule.id(), message));
    }
  }

  private void requireSigned(Manifest manifest, @Nullable String signature) throws UploadRefused {
    if (signature == null) {
      throw new UploadRefused("the artifact is not signed");
    }
    if (keys.stream().noneMatch(key -> key.problem(manifest, signature).isEmpty())) {
      throw new UploadRefused("the artifact is not signed by a key that is trusted here");
    }
  }
}
