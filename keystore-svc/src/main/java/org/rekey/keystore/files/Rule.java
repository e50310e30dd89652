package org.rekey.keystore.files;

/// What can be wrong with a key file. The names are stable: operators filter by them.
public enum Rule {
  /// Its name only contains a match of the pattern: a backup, an editor's copy.
  NAME_NOT_EXACT("name-not-exact"),
  /// It holds a private key and its name is none of the pattern's.
  NAME_NOT_MATCHED("name-not-matched"),
  LEADING_ZEROS("leading-zeros"),
  EMPTY_ID("empty-id"),
  ID_NOT_A_NUMBER("id-not-a-number"),
  ID_TOO_LARGE("id-too-large"),
  DUPLICATE_ID("duplicate-id"),
  EMPTY_FILE("empty-file"),
  HALF_WRITTEN("half-written"),
  NOT_PEM("not-pem"),
  /// A key, in a form that is not read here.
  OTHER_FORMAT("other-format"),
  TEXT_ENCODING("text-encoding"),
  /// BEGIN and END say something else than what is between them.
  WRONG_LABEL("wrong-label"),
  PUBLIC_KEY("public-key"),
  CERTIFICATE("certificate"),
  ENCRYPTED("encrypted"),
  WRONG_PASSPHRASE("wrong-passphrase"),
  PASSPHRASE_FILE("passphrase-file"),
  OLD_ENCRYPTION("old-encryption"),
  /// To open it would take more time or memory than a key file may.
  COSTLY_ENCRYPTION("costly-encryption"),
  UNSUPPORTED_TYPE("unsupported-type"),
  WEAK_KEY("weak-key"),
  /// Its private half is in an RFC, on a web page or in a repository.
  PUBLISHED_KEY("published-key"),
  SEVERAL_KEYS("several-keys"),
  DAMAGED("damaged"),
  TOKEN_URI("token-uri"),
  TOKEN_MODULE("token-module"),
  TOKEN_UNAVAILABLE("token-unavailable"),
  TOKEN_PIN("token-pin"),
  /// The token is there, and the key is not, or not as it must be.
  TOKEN_KEY("token-key"),
  PERMISSIONS("permissions"),
  OTHER_OWNER("other-owner"),
  OPEN_DIRECTORY("open-directory"),
  NOT_A_FILE("not-a-file"),
  LINK_OUTSIDE("link-outside"),
  DANGLING_LINK("dangling-link"),
  TOO_LARGE("too-large"),
  UNREADABLE("unreadable"),
  /// The same key under two ids.
  SAME_KEY("same-key"),
  /// The id is bound to another key for ever.
  ID_TAKEN("id-taken"),
  RETIRED("retired"),
  COMPROMISED("compromised"),
  /// The same key in two rings.
  SHARED_KEY("shared-key"),
  /// Devices verify no signatures of its type.
  NOT_FOR_ARTIFACTS("not-for-artifacts"),
  DIRECTORY_LOST("directory-lost");

  private final String id;

  Rule(String id) {
    this.id = id;
  }

  public String id() {
    return id;
  }
}
