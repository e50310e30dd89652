/// Files that people write.
@NullMarked
package org.rekey.gateway.file;

import org.jspecify.annotations.NullMarked;
