package org.rekey.gateway.mtls;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rekey.runtime.config.SettingsException;

/// The files that say which certificates of devices are good. Each of the three has its own last
/// good state.
public final class DeviceTrustFiles {
  private final Optional<WatchedFiles<BlockedSerials>> blocked;
  private final WatchedFiles<Authorities> authorities;
  private final Optional<WatchedFiles<RevocationLists>> revocation;
  private final IdentityRule rule;
  private volatile DeviceTrust trust;

  /// @param authorities PEM: a file, or a directory with `*.pem`, `*.crt` and `*.cer`
  /// @param revocation PEM or DER: a file, or a directory with `*.crl`, `*.pem` and `*.der`
  /// @param blocked a text file with a serial number on each line
  public record Sources(Path authorities, Optional<Path> revocation, Optional<Path> blocked) {}

  /// @throws SettingsException when one of them cannot be used
  public DeviceTrustFiles(Sources sources, IdentityRule rule) {
    this.rule = rule;
    this.authorities =
        new WatchedFiles<>(
            "GATEWAY_MTLS_CA",
            sources.authorities(),
            List.of(".pem", ".crt", ".cer"),
            Authorities::parse);
    this.revocation =
        sources
            .revocation()
            .map(
                path ->
                    new WatchedFiles<>(
                        "GATEWAY_MTLS_CRL",
                        path,
                        List.of(".crl", ".pem", ".der"),
                        files -> RevocationLists.parse(files, authorities.get())));
    this.blocked =
        sources
            .blocked()
            .map(
                path ->
                    new WatchedFiles<>(
                        "GATEWAY_MTLS_BLOCKED_SERIALS",
                        path,
                        List.of(".txt"),
                        BlockedSerials::parse));
    this.trust = judge();
  }

  private DeviceTrust judge() {
    return new DeviceTrust(
        authorities.get(),
        revocation.map(WatchedFiles::get).orElse(null),
        blocked.map(WatchedFiles::get).orElse(BlockedSerials.NONE),
        rule);
  }

  /// Looks at the files; true if other certificates may be good from now on.
  public synchronized boolean refresh(Instant now) {
    boolean changed = authorities.look();
    try {
      if (changed) {
        revocation.ifPresent(WatchedFiles::forget);
      }
      changed |= revocation.map(WatchedFiles::look).orElse(false);
      changed |= blocked.map(WatchedFiles::look).orElse(false);
      return changed;
    } finally {
      // Also if a later look fails: a change is told only once.
      if (changed) {
        trust = judge();
      }
    }
  }

  DeviceTrust trust() {
    return trust;
  }

  /// Files that cannot be used, a line each; empty when all is well.
  public synchronized List<String> refused() {
    return Stream.of(
            authorities.refused(),
            revocation.flatMap(WatchedFiles::refused),
            blocked.flatMap(WatchedFiles::refused))
        .flatMap(Optional::stream)
        .toList();
  }

  /// Besides, what has ended, a line each.
  public List<String> notes(Instant now) {
    return Stream.concat(refused().stream(), trust.notes(now).stream()).toList();
  }
}
