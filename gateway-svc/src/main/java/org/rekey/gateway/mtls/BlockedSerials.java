package org.rekey.gateway.mtls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.rekey.runtime.tls.UnusableCertificateException;

/// Serial numbers of certificates that are let in no more, whoever has issued them: a line each, in
/// hexadecimal, as `openssl x509 -serial` prints them.
record BlockedSerials(Set<BigInteger> serials) {
  static final BlockedSerials NONE = new BlockedSerials(Set.of());
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{1,128}");

  BlockedSerials {
    serials = Set.copyOf(serials);
  }

  boolean contains(BigInteger serial) {
    return serials.contains(serial);
  }

  static BlockedSerials parse(Map<Path, ByteBuffer> files) throws UnusableCertificateException {
    Set<BigInteger> serials = new HashSet<>();
    for (var file : files.entrySet()) {
      int number = 0;
      for (String line :
          ISO_8859_1.decode(file.getValue().duplicate()).toString().split("\n", -1)) {
        number++;
        String serial = line.replaceFirst("#.*", "").strip();
        if (!serial.isEmpty()) {
          serials.add(serial(file.getKey(), number, serial));
        }
      }
    }
    return new BlockedSerials(serials);
  }

  private static BigInteger serial(Path file, int line, String text)
      throws UnusableCertificateException {
    String hex =
        text.toLowerCase(Locale.ROOT)
            .replaceFirst("^serial=", "")
            .replaceFirst("^0x", "")
            .replace(":", "");
    if (!HEX.matcher(hex).matches()) {
      throw new UnusableCertificateException(
          "%s, line %d: not a serial number (expected: hexadecimal digits, as in 0A1B2C or 0a:1b:2c)"
              .formatted(file, line));
    }
    return new BigInteger(hex, 16);
  }
}
