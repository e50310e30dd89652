/// Verdicts on tokens, asked of useradm-svc and deviceauth-svc for every request.
/// Starting points: [VerdictClient], [Verdict].
@NullMarked
package org.rekey.gateway.verdict;

import org.jspecify.annotations.NullMarked;
