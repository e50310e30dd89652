/// What logins beside it cost verification, and what becomes of them when there are too many.
/// Starting point: [org.rekey.bench.logins.LoginsReport].
@NullMarked
package org.rekey.bench.logins;

import org.jspecify.annotations.NullMarked;
