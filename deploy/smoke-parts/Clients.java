import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// The clients of `deploy/smoke`: ask until they are ended by SIGTERM, and then settle the account.
///
/// Written by hand, since libraries for HTTP repeat a request on their own account when a kept
/// connection breaks, and what has to be shown here is that nothing needs to be repeated.
///
/// Arguments: the gateway's address, its authority's certificate, a directory, `once` or `repeat`. In
/// the directory are the tokens (`user-*.token`, `device-*.token`, both asked with as they come; and
/// `bad-user.token`, `bad-device.token`) and `logins`, `name:password`. There the account and each
/// failure are written. `repeat`: what fails for want of a connection is asked a second time, and
/// a login that is answered 500 or 503 up to five times, after a second: it is lost with the issuer
/// that had it, and the gateway may not ask another one by itself.
final class Clients {
  private static final String USERS = "/api/management/v1/hello";
  private static final String DEVICES = "/api/devices/v1/hello";

  private Clients() {}

  public static void main(String[] args) throws IOException, GeneralSecurityException {
    URI gateway = URI.create(args[0]);
    SSLContext tls = trusting(Path.of(args[1]));
    Path directory = Path.of(args[2]);
    boolean isRepeating = args[3].equals("repeat");
    Account account = new Account(directory);
    List<Lane> lanes = new ArrayList<>();
    for (boolean isKept : new boolean[] {true, false}) {
      String how = isKept ? ", connection kept" : ", a connection each";
      double rate = isKept ? 10 : 6;
      lanes.add(new Lane("users" + how, rate, 200, new Plain(gateway, tls, isKept), tokens(directory, "user-*", USERS)));
      lanes.add(new Lane("devices" + how, rate, 200, new Plain(gateway, tls, isKept), tokens(directory, "device-*", DEVICES)));
    }
    lanes.add(new Lane("users, HTTP/2", 10, 200, new Multiplexed(gateway, tls), tokens(directory, "user-*", USERS)));
    lanes.add(new Lane("users, changed token", 5, 401, new Plain(gateway, tls, true), tokens(directory, "bad-user", USERS)));
    lanes.add(new Lane("devices, changed token", 5, 401, new Plain(gateway, tls, true), tokens(directory, "bad-device", DEVICES)));
    lanes.add(new Lane("logins, a connection each", 1, 200, new Plain(gateway, tls, false), login(directory)));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      lanes.forEach(Lane::end);
      account.settle(lanes);
    }));
    lanes.forEach(lane -> lane.start(account, isRepeating));
  }

  private static Lane.Requests tokens(Path directory, String name, String path) {
    return turn -> {
      List<Path> files = new ArrayList<>();
      try (var found = Files.newDirectoryStream(directory, name + ".token")) {
        found.forEach(files::add);
      }
      String token = Files.readString(files.get((int) (turn % files.size())));
      return new Request("GET", path, "Bearer " + token.strip());
    };
  }

  private static Lane.Requests login(Path directory) {
    String basic;
    try {
      basic = Base64.getEncoder().encodeToString(Files.readString(directory.resolve("logins")).strip().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return _ -> new Request("POST", "/api/management/v1/useradm/auth/login", "Basic " + basic);
  }

  private static SSLContext trusting(Path authority) throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(authority)) {
      trusted.setCertificateEntry("gateway", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    return tls;
  }
}
