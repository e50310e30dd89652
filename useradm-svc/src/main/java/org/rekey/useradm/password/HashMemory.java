package org.rekey.useradm.password;

import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator.BlockPool;

/// The memory that hashes are computed in, kept from one to the next. Taken anew for each, its 19
/// MiB would go to the old generation and bring a collection of the whole heap with every second
/// login, and those stop verification too. Blocks are cleared when they come back.
final class HashMemory {
  private final BlockPool blocks;

  /// @param hashesAtOnce for so many memory is kept; a dearer hash takes the rest from the heap
  HashMemory(Argon2id cost, int hashesAtOnce) {
    this.blocks =
        new Argon2BytesGenerator.FixedBlockPool(
            hashesAtOnce
                * Argon2BytesGenerator.getBlockCount(cost.memoryKib(), cost.parallelism()));
  }

  BlockPool blocks() {
    return blocks;
  }
}
