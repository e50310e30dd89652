/// Credentials of programs that are clients of the gateway.
@NullMarked
package org.rekey.runtime.client;

import org.jspecify.annotations.NullMarked;
