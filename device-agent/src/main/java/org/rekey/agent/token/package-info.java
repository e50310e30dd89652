/// Keys in tokens, for the TLS of the JDK: it hands a private key to whatever provider knows how to
/// sign with it. Starting point: [TokenPrivateKey].
@NullMarked
package org.rekey.agent.token;

import org.jspecify.annotations.NullMarked;
