package org.rekey.deviceauth;

import java.util.List;

/// A member of a device's identity that its certificate vouches for.
///
/// @param values it must be one of these; none: no identity will do
/// @param rule which asks for it, for messages
public record CertifiedMember(String name, List<String> values, String rule) {
  public CertifiedMember {
    values = List.copyOf(values);
  }
}
