/// Traces across services (OpenTelemetry, W3C Trace Context): off unless the settings say where
/// spans go. Starting point: [Tracing].
@NullMarked
package org.rekey.runtime.trace;

import org.jspecify.annotations.NullMarked;
