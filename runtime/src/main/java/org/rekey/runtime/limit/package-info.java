/// How much of something one client may have in some time, in bounded memory.
/// Starting points: [Rate], [Buckets].
@NullMarked
package org.rekey.runtime.limit;

import org.jspecify.annotations.NullMarked;
