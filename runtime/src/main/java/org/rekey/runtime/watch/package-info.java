/// Files that are looked at again and again while a service runs.
@NullMarked
package org.rekey.runtime.watch;

import org.jspecify.annotations.NullMarked;
