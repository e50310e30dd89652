/// The certificates that the gateway shows its clients, and their exchange while it runs. Begin
/// with [org.rekey.gateway.tls.ServedCertificates].
@org.jspecify.annotations.NullMarked
package org.rekey.gateway.tls;
