/// What other programs of the device ask over D-Bus.
@NullMarked
package org.rekey.agent.dbus;

import org.jspecify.annotations.NullMarked;
