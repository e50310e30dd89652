/// Starting, watching and stopping a service process.
/// Starting points: [ServiceMain], [Lifecycle], [ManagementEndpoint].
@NullMarked
package org.rekey.runtime.server;

import org.jspecify.annotations.NullMarked;
