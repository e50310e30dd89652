/// The certificates by which devices are known: who vouches for them, and whether that still holds.
/// Begin with [org.rekey.gateway.mtls.DeviceGate].
@org.jspecify.annotations.NullMarked
package org.rekey.gateway.mtls;
