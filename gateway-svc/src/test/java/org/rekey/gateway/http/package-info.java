/// Begin with [org.rekey.gateway.http.SeenTest].
@org.jspecify.annotations.NullMarked
package org.rekey.gateway.http;
