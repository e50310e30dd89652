/// Certificates between services: credentials read from files, and again when these change, and a
/// small authority for machines that have none. Starting points: [ServiceCredentials],
/// [LocalAuthority].
@NullMarked
package org.rekey.runtime.tls;

import org.jspecify.annotations.NullMarked;
