/// keystore-svc: owns the private key files and is the only process that can sign. This package is
/// its domain and its composition root; `files`, `key` and `log` below it are domain too, `grpc`,
/// `postgres` and `kafka` are adapters. Starting points: [KeystoreServer], [RingKeeper], [Signing].
@NullMarked
package org.rekey.keystore;

import org.jspecify.annotations.NullMarked;
