/// Devices with real keys that enrol, poll, lose their tokens and come again, at a whole instance
/// with up to millions of them. Starting point: [org.rekey.bench.devices.DevicesReport].
@NullMarked
package org.rekey.bench.devices;

import org.jspecify.annotations.NullMarked;
