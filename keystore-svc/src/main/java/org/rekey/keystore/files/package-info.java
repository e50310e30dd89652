/// Key files: which names count, which contents are accepted, and what is said about the rest. One
/// bad file never stops the others. Starting points: [KeyDirectory], [FileNamePattern], [Finding].
@NullMarked
package org.rekey.keystore.files;

import org.jspecify.annotations.NullMarked;
