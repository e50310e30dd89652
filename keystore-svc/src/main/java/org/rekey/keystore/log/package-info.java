/// The key log as the keystore keeps it: what may be appended, how it is encoded and signed, and
/// the state of every key that follows from it. Starting points: [KeyHistory], [NewEvent].
@NullMarked
package org.rekey.keystore.log;

import org.jspecify.annotations.NullMarked;
