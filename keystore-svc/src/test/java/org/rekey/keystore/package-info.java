/// Tests of keystore-svc, most of them over its own port. Starting point: [TestKeystore].
@NullMarked
package org.rekey.keystore;

import org.jspecify.annotations.NullMarked;
