/// The device's side: its key, its tokens, and how other programs on the device come by them.
/// Starting point: [org.rekey.agent.Agent].
@NullMarked
package org.rekey.agent;

import org.jspecify.annotations.NullMarked;
