/// The whole platform for a test: real processes and servers, started, stopped and asked one by
/// one. Starting point: [Platform].
@NullMarked
package org.rekey.e2e.platform;

import org.jspecify.annotations.NullMarked;
