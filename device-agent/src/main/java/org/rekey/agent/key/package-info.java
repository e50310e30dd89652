/// The device's private key, and the files that it is kept in across power cuts.
@NullMarked
package org.rekey.agent.key;

import org.jspecify.annotations.NullMarked;
