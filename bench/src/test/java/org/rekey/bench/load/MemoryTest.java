package org.rekey.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryTest {
  @Test
  void weighsARunningProcess() {
    Memory memory = Memory.of(ProcessHandle.current().pid());
    assertThat(memory.heapBytes()).isPositive().isLessThan(Runtime.getRuntime().maxMemory());
    assertThat(memory.residentBytes()).isGreaterThan(1 << 20);
  }
}
