/// Private keys: reading them from PEM and signing with them. Nothing here hands key material out.
/// Starting points: [SigningKey], [PemKeys].
@NullMarked
package org.rekey.keystore.key;

import org.jspecify.annotations.NullMarked;
