/// Keys of rings that are in PKCS#11 tokens (HSMs): named by a URI in a key file, and never in this
/// process. Only modules that the settings allow are loaded. Starting points: [Tokens], [TokenKey].
@NullMarked
package org.rekey.keystore.pkcs11;

import org.jspecify.annotations.NullMarked;
