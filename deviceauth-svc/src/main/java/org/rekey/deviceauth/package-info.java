/// Devices and the tokens that are issued to them. So far: the verdict on a device's token. The
/// root package is the domain; what knows wire or SQL lives in `keystore` and `postgres`.
/// Starting point: [org.rekey.deviceauth.DeviceauthServer].
@NullMarked
package org.rekey.deviceauth;

import org.jspecify.annotations.NullMarked;
