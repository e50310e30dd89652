/// Which request is whose: strict paths, the routes file, the audience of a path. Knows no HTTP
/// library and no wire. Starting points: [RequestPath], [Routes], [Audience].
@NullMarked
package org.rekey.gateway.route;

import org.jspecify.annotations.NullMarked;
