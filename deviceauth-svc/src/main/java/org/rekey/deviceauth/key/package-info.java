/// The public keys that devices show, and the signatures they make with the private ones.
/// Starting point: [org.rekey.deviceauth.key.DeviceKey].
@NullMarked
package org.rekey.deviceauth.key;

import org.jspecify.annotations.NullMarked;
