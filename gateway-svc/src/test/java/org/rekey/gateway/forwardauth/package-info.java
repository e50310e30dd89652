@NullMarked
package org.rekey.gateway.forwardauth;

import org.jspecify.annotations.NullMarked;
