/// Begin with [org.rekey.gateway.access.AccessLogTest].
@org.jspecify.annotations.NullMarked
package org.rekey.gateway.access;
