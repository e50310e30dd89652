/// Certificates that are exchanged under real TLS connections. Begin with
/// [org.rekey.gateway.tls.CertificateExchangeTest].
@org.jspecify.annotations.NullMarked
package org.rekey.gateway.tls;
