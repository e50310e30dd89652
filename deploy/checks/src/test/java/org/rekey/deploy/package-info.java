/// What is delivered beside the code: where its libraries come from, and how it is run.
@NullMarked
package org.rekey.deploy;

import org.jspecify.annotations.NullMarked;
