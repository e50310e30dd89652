/// The key log as evidence: a text form that survives copying, an audit in one pass that needs no
/// keystore, and checkpoints that an outside witness keeps. Starting point:
/// [org.rekey.verifier.evidence.Audit].
@NullMarked
package org.rekey.verifier.evidence;

import org.jspecify.annotations.NullMarked;
