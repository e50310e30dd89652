/// The keystore as deviceauth uses it: to report what hangs on its keys.
/// Starting point: [org.rekey.deviceauth.keystore.UsageReport].
@NullMarked
package org.rekey.deviceauth.keystore;

import org.jspecify.annotations.NullMarked;
