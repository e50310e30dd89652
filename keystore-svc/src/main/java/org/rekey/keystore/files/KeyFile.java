package org.rekey.keystore.files;

import java.nio.file.Path;
import org.rekey.keystore.key.SigningKey;

/// An accepted file and the key in it.
public record KeyFile(long kid, Path file, SigningKey key) {}
