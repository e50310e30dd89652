/// Tests of reading Mender's dumps. Samples: [org.rekey.cli.mender.Dumps].
@NullMarked
package org.rekey.cli.mender;

import org.jspecify.annotations.NullMarked;
