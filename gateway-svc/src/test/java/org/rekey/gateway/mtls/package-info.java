@NullMarked
package org.rekey.gateway.mtls;

import org.jspecify.annotations.NullMarked;
