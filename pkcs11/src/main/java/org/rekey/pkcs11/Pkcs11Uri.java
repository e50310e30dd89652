package org.rekey.pkcs11;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rekey.pkcs11.UnusableTokenKeyException.Flaw;

/// Which key of which token (RFC 7512): `pkcs11:token=rekey;object=7?pin-source=file:/…`.
///
/// @param token what the token must be, by attribute: `token`, `manufacturer`, `model`, `serial`;
///     empty: any, if there is only one
/// @param object the key's label; null when the id alone names it
/// @param id the key's id in hexadecimal digits; null when the label alone names it
/// @param module the library; null when the settings allow only one
/// @param pin null when it says nothing of it
public record Pkcs11Uri(
    Map<String, String> token,
    @Nullable String object,
    @Nullable String id,
    @Nullable Path module,
    @Nullable Passphrase pin) {
  private static final String SCHEME = "pkcs11:";
  private static final int MAX_LENGTH = 4096;
  private static final Set<String> OF_TOKEN = Set.of("token", "manufacturer", "model", "serial");
  private static final String FILE = "file:";

  /// Whether a file's contents are meant as one.
  public static boolean isOne(String text) {
    return text.strip().regionMatches(true, 0, SCHEME, 0, SCHEME.length());
  }

  /// @throws UnusableTokenKeyException with a line for the operator
  public static Pkcs11Uri parse(String file) throws UnusableTokenKeyException {
    var text = file.strip();
    if (text.length() > MAX_LENGTH || text.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw flaw("expected: one line of ASCII, the rest percent-encoded");
    }
    var query = text.indexOf('?');
    var path = attributes(text.substring(SCHEME.length(), query < 0 ? text.length() : query), ";");
    var queries = query < 0 ? Map.<String, byte[]>of() : attributes(text.substring(query + 1), "&");
    var token = new HashMap<String, String>();
    for (var entry : path.entrySet()) {
      if (OF_TOKEN.contains(entry.getKey())) {
        token.put(entry.getKey(), utf8(entry.getKey(), entry.getValue()));
      } else if (!Set.of("object", "id", "type").contains(entry.getKey())) {
        throw flaw(
            "attribute %s (expected: token, manufacturer, model, serial, object, id, type)"
                .formatted(entry.getKey()));
      }
    }
    for (var name : queries.keySet()) {
      if (!Set.of("module-path", "pin-source", "pin-value").contains(name)) {
        throw flaw("attribute %s (expected: module-path, pin-source, pin-value)".formatted(name));
      }
    }
    var object = path.get("object");
    var id = path.get("id");
    if (object == null && id == null) {
      throw flaw("it names no key (expected: object=LABEL or id=%01)");
    }
    var type = path.get("type");
    if (type != null && !utf8("type", type).equals("private")) {
      throw flaw("type %s (expected: private, or nothing)".formatted(utf8("type", type)));
    }
    return new Pkcs11Uri(
        Map.copyOf(token),
        object == null ? null : utf8("object", object),
        id == null ? null : HexFormat.of().formatHex(id),
        absolute("module-path", queries.get("module-path")),
        pin(queries.get("pin-source"), queries.get("pin-value")));
  }

  private static @Nullable Passphrase pin(byte @Nullable [] source, byte @Nullable [] value)
      throws UnusableTokenKeyException {
    if (source != null && value != null) {
      throw flaw("pin-source and pin-value (expected: one of them)");
    }
    var file = absolute("pin-source", source);
    if (file != null) {
      return Passphrase.pinIn(file);
    }
    return value == null ? null : Passphrase.of("pin-value in the URI", utf8("pin-value", value));
  }

  /// For those who hold keys of many: a token by any name may be anybody's, and whoever reads the
  /// URI must not know the PIN.
  ///
  /// @throws UnusableTokenKeyException when it names no token, or holds a PIN
  public Pkcs11Uri strict() throws UnusableTokenKeyException {
    if (pin != null && !pin.isInFile()) {
      throw flaw(
          "pin-value would leave the PIN in the key file (expected: pin-source=file:/…, or the settings)");
    }
    if (token.isEmpty()) {
      throw flaw("it names no token (expected: token=LABEL or serial=NUMBER)");
    }
    return this;
  }

  /// For messages: token and key, without the query.
  public String key() {
    return "key %s of %s"
        .formatted(
            object == null ? "id " + id : id == null ? object : object + " (id " + id + ")",
            tokenText());
  }

  /// For messages.
  public String tokenText() {
    var label = token.get("token");
    return "token " + (label != null ? label : token.isEmpty() ? "(any)" : token.toString());
  }

  private static Map<String, byte[]> attributes(String text, String separator)
      throws UnusableTokenKeyException {
    var attributes = new HashMap<String, byte[]>();
    for (var part : text.split(separator, -1)) {
      if (part.isEmpty() && text.isEmpty()) {
        continue;
      }
      var equals = part.indexOf('=');
      if (equals <= 0) {
        throw flaw("expected: NAME=VALUE between separators");
      }
      var name = part.substring(0, equals);
      if (attributes.put(name, decoded(part.substring(equals + 1))) != null) {
        throw flaw("attribute %s is there twice".formatted(name));
      }
    }
    return attributes;
  }

  private static byte[] decoded(String value) throws UnusableTokenKeyException {
    var bytes = new ByteArrayOutputStream();
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) != '%') {
        bytes.write(value.charAt(i));
      } else if (i + 2 < value.length()
          && HexFormat.isHexDigit(value.charAt(i + 1))
          && HexFormat.isHexDigit(value.charAt(i + 2))) {
        bytes.write(HexFormat.fromHexDigits(value, i + 1, i + 3));
        i += 2;
      } else {
        throw flaw("a % without two hexadecimal digits");
      }
    }
    return bytes.toByteArray();
  }

  private static String utf8(String name, byte[] value) throws UnusableTokenKeyException {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      throw flaw("attribute %s (expected: UTF-8)".formatted(name));
    }
  }

  private static @Nullable Path absolute(String name, byte @Nullable [] value)
      throws UnusableTokenKeyException {
    if (value == null) {
      return null;
    }
    var text = utf8(name, value);
    var isFileUri = name.equals("pin-source") && text.startsWith(FILE);
    var plain = isFileUri ? text.substring(FILE.length()).replaceFirst("^//(?=/)", "") : text;
    try {
      var path = Path.of(plain);
      if (path.isAbsolute() && path.equals(path.normalize())) {
        return path;
      }
    } catch (InvalidPathException e) {
      throw flaw("attribute %s (expected: an absolute path)".formatted(name));
    }
    throw flaw("attribute %s: %s (expected: an absolute path)".formatted(name, plain));
  }

  private static UnusableTokenKeyException flaw(String what) {
    return new UnusableTokenKeyException(
        Flaw.URI, "a PKCS#11 URI that cannot be used: %s (mend the file)".formatted(what));
  }

  /// As it stands in a token's own fields.
  boolean fits(TokenInfo info) {
    return token.entrySet().stream()
        .allMatch(
            entry ->
                switch (entry.getKey()) {
                  case "token" -> info.label().equals(entry.getValue());
                  case "manufacturer" -> info.manufacturer().equals(entry.getValue());
                  case "model" -> info.model().equals(entry.getValue());
                  default -> info.serial().equals(entry.getValue());
                });
  }
}
