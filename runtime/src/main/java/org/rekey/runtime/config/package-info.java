/// Settings: environment variables read into typed interfaces, all errors reported at once.
/// Starting point: [Settings].
@NullMarked
package org.rekey.runtime.config;

import org.jspecify.annotations.NullMarked;
