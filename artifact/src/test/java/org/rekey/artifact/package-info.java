/// Artifacts made here, damaged in every way, and compared with what Mender's own program says.
@NullMarked
package org.rekey.artifact;

import org.jspecify.annotations.NullMarked;
