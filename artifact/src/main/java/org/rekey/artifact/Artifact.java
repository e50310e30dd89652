package org.rekey.artifact;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a sound artifact says of itself.
///
/// @param version of the format, 2 or 3
/// @param signature the text of `manifest.sig`, unchecked
/// @param isAugmented it has a part outside of the signature (`manifest-augment`)
/// @param scripts names of its state scripts
public record Artifact(
    int version,
    Manifest manifest,
    Optional<String> signature,
    boolean isAugmented,
    String name,
    @Nullable String group,
    List<String> deviceTypes,
    List<String> dependsOnNames,
    List<String> dependsOnGroups,
    List<String> scripts,
    List<Payload> payloads) {
  public Artifact {
    deviceTypes = List.copyOf(deviceTypes);
    dependsOnNames = List.copyOf(dependsOnNames);
    dependsOnGroups = List.copyOf(dependsOnGroups);
    scripts = List.copyOf(scripts);
    payloads = List.copyOf(payloads);
  }

  Artifact signedBy(String text) {
    return new Artifact(
        version,
        manifest,
        Optional.of(text),
        isAugmented,
        name,
        group,
        deviceTypes,
        dependsOnNames,
        dependsOnGroups,
        scripts,
        payloads);
  }

  /// One update in it.
  ///
  /// @param type e.g. `rootfs-image`; null for none (a bootstrap artifact)
  /// @param provides what the device has once it is installed
  /// @param depends what the device must have, each value as it is written, a text or a list
  /// @param clears patterns of what the device has no more
  public record Payload(
      @Nullable String type,
      Map<String, String> provides,
      Map<String, String> depends,
      List<String> clears,
      List<PayloadFile> files) {
    public Payload {
      provides = Map.copyOf(provides);
      depends = Map.copyOf(depends);
      clears = List.copyOf(clears);
      files = List.copyOf(files);
    }
  }

  /// One file of an update.
  ///
  /// @param sha256 in lower-case hexadecimal, as in the manifest
  public record PayloadFile(String name, long size, Instant modified, String sha256) {}
}
