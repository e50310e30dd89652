/// Keys that are in PKCS#11 tokens (HSMs): named by a URI (RFC 7512), and never in this process.
/// Starting point: [KeyInToken].
@NullMarked
package org.rekey.pkcs11;

import org.jspecify.annotations.NullMarked;
