@NullMarked
package org.rekey.runtime.watch;

import org.jspecify.annotations.NullMarked;
