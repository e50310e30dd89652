/// The proxy against upstreams that misbehave. Begin with
/// [org.rekey.gateway.proxy.ForwarderTest].
@org.jspecify.annotations.NullMarked
package org.rekey.gateway.proxy;
