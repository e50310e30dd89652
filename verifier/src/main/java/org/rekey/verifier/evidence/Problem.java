package org.rekey.verifier.evidence;

/// A rule that one record has not kept; where, only its reader knows.
record Problem(Rule rule, String text) {}
