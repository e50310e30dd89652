package org.rekey.deviceauth;

import org.rekey.deviceauth.key.DeviceKey;

/// What a device sends to get a token, read in the order that keeps a stranger's bytes from
/// mattering: the key is found, the signature over the raw bytes is checked with it, and only then
/// is anything made of what the device says.
public sealed interface AuthRequest {

  /// Signed by the key it names.
  ///
  /// @param proof of a key that is to follow, as it came; empty: there is none
  record Genuine(Identity identity, DeviceKey key, String proof) implements AuthRequest {}

  /// @param message one line for the device's log
  record Malformed(String message) implements AuthRequest {}

  record BadSignature() implements AuthRequest {}

  /// @param body as it arrived, byte for byte
  /// @param signature the text of the header; empty if there was none
  static AuthRequest read(byte[] body, String signature, int minRsaBits) {
    return switch (AuthRequestBody.read(body)) {
      case AuthRequestBody.Unreadable(String why) ->
          new Malformed("failed to decode auth request: " + why);
      case AuthRequestBody.Read(String identity, String key, String proof) -> {
        if (identity.isEmpty()) {
          yield invalid("id_data must be provided");
        }
        if (key.isEmpty()) {
          yield invalid("pubkey must be provided");
        }
        yield switch (DeviceKey.parse(key, minRsaBits)) {
          case DeviceKey.Refused(String why) -> invalid(why);
          case DeviceKey.Usable(DeviceKey usable) ->
              signed(body, signature, usable, identity, proof);
        };
      }
    };
  }

  private static AuthRequest signed(
      byte[] body, String signature, DeviceKey key, String identity, String proof) {
    if (signature.isEmpty()) {
      return new Malformed("missing request signature header");
    }
    if (!key.verifies(body, signature)) {
      return new BadSignature();
    }
    return switch (Identity.parse(identity)) {
      case Identity.Refused(String why) -> invalid("id_data: " + why);
      case Identity.Usable(Identity usable) -> new Genuine(usable, key, proof);
    };
  }

  private static Malformed invalid(String why) {
    return new Malformed("invalid auth request: " + why);
  }
}
