package org.rekey.bench.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.rekey.runtime.tls.LocalAuthority;

/// The upstream that all have, and nginx and HAProxy in front of it: a worker or thread for each
/// core, as the gateway has event loops. Connections to the upstream are kept.
final class Proxies {
  static final int BODY_BYTES = 1024;
  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private final Path work;
  private final LocalAuthority.Leaf certificate;
  private final int upstream;

  Proxies(Path work, LocalAuthority.Leaf certificate, int upstream) {
    this.work = work;
    this.certificate = certificate;
    this.upstream = upstream;
  }

  /// Answers 1 KiB to everything.
  static Daemon upstream(Path work) {
    int port = Daemon.freePort();
    return nginx(
        work,
        "upstream",
        1,
        port,
        "server { listen 127.0.0.1:%d reuseport; location / { return 200 \"%s\"; } }"
            .formatted(port, "x".repeat(BODY_BYTES)));
  }

  /// What `auth_request` asks: yes to everything.
  static Daemon yes(Path work) {
    int port = Daemon.freePort();
    return nginx(
        work,
        "yes",
        1,
        port,
        "server { listen 127.0.0.1:%d reuseport; location / { return 204; } }".formatted(port));
  }

  Daemon bare() {
    int port = Daemon.freePort();
    return nginx(work, "bare", CORES, port, upstreams() + https(port, ""));
  }

  Daemon withAuthRequest(int auth) {
    int port = Daemon.freePort();
    return nginx(
        work,
        "auth-request",
        CORES,
        port,
        upstreams()
            + """
              upstream auth { server 127.0.0.1:%d; keepalive 64; keepalive_requests 1000000000; }
              """
                .formatted(auth)
            + https(
                port,
                """
                auth_request /_auth;
                location = /_auth {
                  internal;
                  proxy_pass http://auth;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_pass_request_body off;
                  proxy_set_header Content-Length "";
                }
                """));
  }

  /// HAProxy's own check of RS256: the signature and nothing else.
  Daemon haproxy(Path publicKey) {
    int port = Daemon.freePort();
    Path both = work.resolve("haproxy-tls.pem");
    Path config = work.resolve("haproxy.cfg");
    try {
      Files.createFile(
          both, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          both, Files.readString(certificate.certificate()) + Files.readString(certificate.key()));
      Files.writeString(
          config,
          """
          global
            nbthread %d
          defaults
            mode http
            timeout connect 5s
            timeout client 60s
            timeout server 60s
            http-reuse always
          frontend https
            bind 127.0.0.1:%d ssl crt %s alpn h2,http/1.1
            http-request set-var(txn.token) http_auth_bearer
            http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg')
            http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
            http-request deny deny_status 401 unless { var(txn.token),jwt_verify(txn.alg,"%s") -m int 1 }
            default_backend upstream
          backend upstream
            server one 127.0.0.1:%d
          """
              .formatted(CORES, port, both, publicKey, upstream));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Daemon.start(
        List.of("haproxy", "-db", "-f", config.toString()), port, work.resolve("haproxy.log"));
  }

  private String upstreams() {
    return """
    upstream up { server 127.0.0.1:%d; keepalive 64; keepalive_requests 1000000000; }
    """
        .formatted(upstream);
  }

  private String https(int port, String verdict) {
    return """
    server {
      listen 127.0.0.1:%d ssl http2 reuseport;
      ssl_certificate %s;
      ssl_certificate_key %s;
      ssl_protocols TLSv1.2 TLSv1.3;
      %s
      location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }
    """
        .formatted(port, certificate.certificate(), certificate.key(), verdict);
  }

  private static Daemon nginx(Path work, String name, int workers, int port, String servers) {
    Path prefix = work.resolve("nginx-" + name);
    Path config = prefix.resolve("nginx.conf");
    try {
      Files.createDirectories(prefix);
      Files.writeString(
          config,
          """
          daemon off;
          worker_processes %d;
          pid nginx.pid;
          error_log stderr;
          events { worker_connections 1024; }
          http {
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            keepalive_requests 1000000000;
            keepalive_timeout 300s;
            default_type application/octet-stream;
            %s
          }
          """
              .formatted(workers, servers));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Daemon.start(
        List.of("nginx", "-e", "stderr", "-p", prefix.toString(), "-c", config.toString()),
        port,
        prefix.resolve("log"));
  }
}
