/// Passwords, hashed with Argon2id and compared at equal cost whether or not the user exists.
/// Starting point: [org.rekey.useradm.password.PasswordHasher].
@NullMarked
package org.rekey.useradm.password;

import org.jspecify.annotations.NullMarked;
