package org.rekey.artifact;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/// Signs a file in a process of its own, so that it can be killed, and given little memory.
final class SignFile {
  private SignFile() {}

  /// The file, a public key (PEM), a private P-256 key (PKCS#8, base64).
  public static void main(String[] arguments) throws IOException {
    var file = Path.of(arguments[0]);
    var key = ArtifactKey.fromPem(Files.readString(Path.of(arguments[1]))).getFirst();
    var secret = Base64.getDecoder().decode(Files.readString(Path.of(arguments[2])));
    System.out.println("begins");
    var outcome =
        new ArtifactSigning(Limits.GENEROUS, _ -> {})
            .sign(file, file, key, true, artifact -> sign(secret, artifact));
    System.out.println(outcome.getClass().getSimpleName());
  }

  private static String sign(byte[] secret, Artifact artifact) {
    try {
      var signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(
          KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(secret)));
      signature.update(artifact.manifest().bytes());
      return Base64.getEncoder().encodeToString(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
