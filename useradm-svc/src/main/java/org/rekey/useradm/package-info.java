/// Users and the tokens that are issued to them. The root package is the domain: it knows no wire
/// and no SQL, which live in `grpc`, `keystore` and `postgres`. Starting points:
/// [org.rekey.useradm.UseradmServer], [org.rekey.useradm.Sessions], [org.rekey.useradm.Users].
@NullMarked
package org.rekey.useradm;

import org.jspecify.annotations.NullMarked;
