/// Devices, their keys, their admission and their tokens. The root package and `key` are the
/// domain; what knows wire or SQL lives in `grpc`, `keystore` and `postgres`. Starting points:
/// [org.rekey.deviceauth.AuthSets] for what may happen to a device, and
/// [org.rekey.deviceauth.DeviceauthServer].
@NullMarked
package org.rekey.deviceauth;

import org.jspecify.annotations.NullMarked;
