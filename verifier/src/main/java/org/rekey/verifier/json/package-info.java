/// JSON from strangers, read within limits. Begin with [org.rekey.verifier.json.StrictJson].
@org.jspecify.annotations.NullMarked
package org.rekey.verifier.json;
