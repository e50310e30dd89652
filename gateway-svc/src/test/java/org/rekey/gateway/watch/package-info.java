@NullMarked
package org.rekey.gateway.watch;

import org.jspecify.annotations.NullMarked;
