/// Calls to the servers, and the proxy that makes them for other programs of the device.
@NullMarked
package org.rekey.agent.http;

import org.jspecify.annotations.NullMarked;
