package org.rekey.deviceauth;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rekey.deviceauth.key.DeviceKey;
import org.rekey.verifier.token.CertificateThumbprint;

/// What the gateway knows of a device by its certificate, which it has checked.
///
/// @param publicKey SubjectPublicKeyInfo, DER
/// @param identity what the device's identity must say
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CertificateEvidence(
    CertificateThumbprint thumbprint, byte[] publicKey, List<CertifiedMember> identity) {
  private static final int MAX_SHOWN = 100;

  public CertificateEvidence {
    identity = List.copyOf(identity);
  }

  /// Empty when the certificate is that of this device with this key; otherwise a line for the log.
  Optional<String> mismatch(Identity device, DeviceKey key) {
    // The key itself was measured when it was read; here it only has to be the same one.
    boolean isSame =
        DeviceKey.parse(publicKey, 0) instanceof DeviceKey.Usable(DeviceKey certified)
            && certified.equals(key);
    if (!isSame) {
      return Optional.of("the key of the auth request is not the key of the certificate");
    }
    return identity.stream().flatMap(member -> mismatch(device, member).stream()).findFirst();
  }

  private static Optional<String> mismatch(Identity device, CertifiedMember member) {
    String claimed = text(device, member.name());
    if (claimed != null && member.values().contains(claimed)) {
      return Optional.empty();
    }
    String certified =
        member.values().isEmpty()
            ? "says nothing"
            : "says " + printable(member.values().toString());
    String said = claimed == null ? "has no text or number there" : "says " + printable(claimed);
    return Optional.of(
        "rule %s: the certificate %s, the identity %s".formatted(member.rule(), certified, said));
  }

  /// A text or a number as it is written; null for everything else, lists too: a device that is
  /// several things is not what one certificate says.
  private static @Nullable String text(Identity device, String name) {
    try (JsonParser parser = DeviceJson.parser(device.json())) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String member = parser.currentName();
        JsonToken value = parser.nextToken();
        if (member.equals(name)) {
          return value == JsonToken.VALUE_STRING || value.isNumeric() ? parser.getText() : null;
        }
        parser.skipChildren();
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String printable(String text) {
    String shown = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    return "\"" + shown.replaceAll("\\p{Cntrl}", "?") + "\"";
  }
}
