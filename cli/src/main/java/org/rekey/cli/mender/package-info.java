/// What Mender's useradm has in its MongoDB, read from a dump and taken over by the running
/// instance. Starting points: [org.rekey.cli.mender.UseradmTakeover], [DumpParser].
@NullMarked
package org.rekey.cli.mender;

import org.jspecify.annotations.NullMarked;
