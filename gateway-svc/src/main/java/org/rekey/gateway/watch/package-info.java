/// Files that are looked at again and again while the gateway runs.
@NullMarked
package org.rekey.gateway.watch;

import org.jspecify.annotations.NullMarked;
