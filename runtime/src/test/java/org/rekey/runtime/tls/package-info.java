@NullMarked
package org.rekey.runtime.tls;

import org.jspecify.annotations.NullMarked;
