/// Calls of the services from an event loop.
@NullMarked
package org.rekey.gateway.rpc;

import org.jspecify.annotations.NullMarked;
