/// Mender's artifact format, versions 2 and 3: read, checked, and signed, in one pass and at
/// constant memory. Knows no wire and no keystore. Starting points:
/// [org.rekey.artifact.ArtifactReader] and [org.rekey.artifact.ArtifactSigning].
@NullMarked
package org.rekey.artifact;

import org.jspecify.annotations.NullMarked;
