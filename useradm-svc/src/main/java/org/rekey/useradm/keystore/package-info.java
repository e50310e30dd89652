/// The keystore as useradm uses it: to sign.
/// Starting point: [org.rekey.useradm.keystore.KeystoreSigner].
@NullMarked
package org.rekey.useradm.keystore;

import org.jspecify.annotations.NullMarked;
