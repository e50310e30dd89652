/// The access log: one line of JSON for each request, without a token in any of its fields.
/// Starting points: [AccessLog], [Exchange], [Unsafe].
@NullMarked
package org.rekey.gateway.access;

import org.jspecify.annotations.NullMarked;
