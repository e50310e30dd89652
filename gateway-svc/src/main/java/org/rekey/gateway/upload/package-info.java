/// Uploads of artifacts, checked in passing: while the body streams to its upstream it is read here
/// too, and its end is only let go when all of it is as the route wants it. Knows no event loop.
@NullMarked
package org.rekey.gateway.upload;

import org.jspecify.annotations.NullMarked;
