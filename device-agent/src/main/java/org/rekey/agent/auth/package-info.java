/// How a device asks for a token, and how it changes its key.
@NullMarked
package org.rekey.agent.auth;

import org.jspecify.annotations.NullMarked;
