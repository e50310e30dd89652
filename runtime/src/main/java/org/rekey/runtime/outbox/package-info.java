/// Events that leave a service exactly when what they tell has happened: written in the same
/// transaction, published afterwards by a relay, at least once. Starting points:
/// [org.rekey.runtime.outbox.Outbox], [org.rekey.runtime.outbox.OutboxRelay].
@NullMarked
package org.rekey.runtime.outbox;

import org.jspecify.annotations.NullMarked;
