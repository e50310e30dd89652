package org.rekey.gateway.tls;

import io.vertx.core.Vertx;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.rekey.runtime.config.SettingsException;
import org.rekey.runtime.tls.UnusableCertificateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What clients are shown: the certificate of the settings, for whoever names no host or an
/// unknown one, and those of a directory, each for the names in it (SNI, RFC 6066 section 3).
///
/// Of each pair the last one that was good is served, whatever becomes of its files.
public final class ServedCertificates {
  private static final Logger LOG = LoggerFactory.getLogger(ServedCertificates.class);
  private static final String CERTIFICATE = ".pem";
  private static final String KEY = ".key";
  private static final int MAX_BYTES = 256 * 1024;

  private final Vertx vertx;
  private final CertificateFiles main;
  private final Optional<Path> directory;
  private final Map<CertificateFiles, Content> seen = new LinkedHashMap<>();
  private final Map<CertificateFiles, CertificatePair> good = new LinkedHashMap<>();
  private final Map<CertificateFiles, String> refused =
      new TreeMap<>(java.util.Comparator.comparing(CertificateFiles::certificate));

  /// @param setting what names the certificate
  /// @throws SettingsException when the certificate of the settings cannot be served
  public ServedCertificates(
      Vertx vertx, CertificateFiles main, Optional<Path> directory, String setting, Instant now) {
    this.vertx = vertx;
    this.main = main;
    this.directory = directory;
    refresh(now);
    if (!good.containsKey(main)) {
      throw new SettingsException(setting + ": " + refused.get(main));
    }
  }

  /// Looks at the files; true if something else is to be served from now on.
  public synchronized boolean refresh(Instant now) {
    var files = files();
    var gone = new LinkedHashSet<>(good.keySet());
    gone.removeAll(files);
    gone.remove(main);
    gone.forEach(
        pair -> LOG.atInfo().addKeyValue("file", pair.certificate()).log("a certificate has gone"));
    var changed = good.keySet().removeAll(gone);
    seen.keySet().retainAll(files);
    refused.keySet().retainAll(files);
    for (CertificateFiles pair : files) {
      changed |= look(pair, now);
    }
    return changed;
  }

  private List<CertificateFiles> files() {
    var files = new ArrayList<>(List.of(main));
    if (directory.isPresent()) {
      try (var entries = Files.list(directory.get())) {
        entries
            .filter(file -> file.toString().endsWith(CERTIFICATE))
            .filter(file -> !file.getFileName().toString().startsWith("."))
            .sorted()
            .map(file -> new CertificateFiles(file, keyBeside(file)))
            .forEach(files::add);
      } catch (IOException e) {
        LOG.atWarn()
            .addKeyValue("directory", directory.get())
            .addKeyValue("error", e.getClass().getSimpleName())
            .log("the directory of certificates cannot be read; what is served stays");
        good.keySet().stream().filter(pair -> !pair.equals(main)).forEach(files::add);
      }
    }
    return files;
  }

  private static Path keyBeside(Path certificate) {
    var name = certificate.getFileName().toString();
    return certificate.resolveSibling(
        name.substring(0, name.length() - CERTIFICATE.length()) + KEY);
  }

  private boolean look(CertificateFiles files, Instant now) {
    Content content;
    try {
      content = new Content(read(files.certificate()), read(files.key()));
    } catch (UnusableCertificateException e) {
      seen.remove(files);
      refuse(files, String.valueOf(e.getMessage()));
      return false;
    }
    if (content.equals(seen.get(files))) {
      return false;
    }
    try {
      var pair = CertificatePair.parse(vertx, files, content.certificate(), content.key(), now);
      seen.put(files, content);
      var before = good.put(files, pair);
      refused.remove(files);
      LOG.atInfo()
          .addKeyValue("file", files.certificate())
          .addKeyValue("fingerprint", pair.told().fingerprint())
          .addKeyValue("notAfter", pair.told().notAfter())
          .log(before == null ? "a certificate is served" : "a certificate was exchanged");
      return true;
    } catch (UnusableCertificateException e) {
      refuse(files, String.valueOf(e.getMessage()));
      return false;
    }
  }

  /// Once for each reason. Looked at again each time: the files may be halfway through a change.
  private void refuse(CertificateFiles files, String why) {
    if (!why.equals(refused.put(files, why)) && good.containsKey(files)) {
      LOG.atError()
          .addKeyValue("file", files.certificate())
          .addKeyValue("error", why)
          .log("a new certificate cannot be served; the one before goes on");
    } else if (!good.containsKey(files) && !seen.containsKey(files)) {
      LOG.atDebug().addKeyValue("error", why).log("a certificate cannot be served");
    }
  }

  private static byte[] read(Path file) throws UnusableCertificateException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new UnusableCertificateException(
            "%s: larger than %d bytes (expected: PEM)".formatted(file, MAX_BYTES));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UnusableCertificateException(
          "%s: cannot be read: %s".formatted(file, e.getClass().getSimpleName()));
    }
  }

  /// For the server, the settings' own first: it is the one for whoever names no host.
  public synchronized PemKeyCertOptions options() {
    var options = new PemKeyCertOptions();
    for (CertificatePair pair : good.values()) {
      options.addCertValue(pair.certificate()).addKeyValue(pair.key());
    }
    return options;
  }

  /// What is served, the settings' own first.
  public synchronized List<ServedCertificate> served() {
    return good.values().stream().map(CertificatePair::told).toList();
  }

  public synchronized Set<String> fingerprints() {
    var fingerprints = new LinkedHashSet<String>();
    good.values().forEach(pair -> fingerprints.add(pair.told().fingerprint()));
    return fingerprints;
  }

  /// What cannot be served and why, a line each; empty when all is well.
  public synchronized List<String> refused() {
    return List.copyOf(refused.values());
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by value below
  private record Content(byte[] certificate, byte[] key) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Content that
          && Arrays.equals(certificate, that.certificate)
          && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(certificate) * 31 + Arrays.hashCode(key);
    }

    @Override
    public String toString() {
      return "Content[%d, %d bytes]".formatted(certificate.length, key.length);
    }
  }
}
