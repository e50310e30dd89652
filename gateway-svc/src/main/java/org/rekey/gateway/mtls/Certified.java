package org.rekey.gateway.mtls;

import java.util.List;

/// What a certificate says of a member of its device's identity.
///
/// @param member its name
/// @param values it must be one of these; none: no identity will do
/// @param rule `SOURCE=MEMBER`, as in the settings
public record Certified(String member, List<String> values, String rule) {
  public Certified {
    values = List.copyOf(values);
  }
}
