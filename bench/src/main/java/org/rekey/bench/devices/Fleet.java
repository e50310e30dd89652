package org.rekey.bench.devices;

import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;

/// All devices there could be, by number. Nothing of them is kept: a number and the seed say it
/// all, the same every time.
final class Fleet {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final long seed;
  private final KeyPool keys;

  /// What a device does in the run. Those of one part are in no other.
  enum Part {
    /// Accepted, with a token that is live.
    LIVE(0L << 40),
    /// Accepted, and without a token until it asks.
    RETURNING(1L << 40),
    /// Accepted, with a token, and not here for half an hour.
    POLLING(2L << 40),
    /// Not in the table.
    NEW(3L << 40),
    /// Those of the mixed life; not in the table.
    MIXED(4L << 40);

    private final long first;

    Part(long first) {
      this.first = first;
    }
  }

  Fleet(long seed, KeyPool keys) {
    this.seed = seed;
    this.keys = keys;
  }

  List<Device> devices(Part part, long from, int count) {
    return LongStream.range(from, from + count)
        .map(number -> part.first + number)
        .mapToObj(this::device)
        .toList();
  }

  private Device device(long number) {
    return new Device(
        uuid(number, 1),
        uuid(number, 2),
        uuid(number, 3),
        "{\"mac\":\"%s\",\"sn\":\"%d\"}".formatted(mac(number), number),
        keys.of(number));
  }

  private static String mac(long number) {
    String hex = String.format("%010x", number & 0xff_ffff_ffffL);
    return "02:" + String.join(":", hex.split("(?<=\\G..)"));
  }

  /// As random as those of the service, so that indexes are as scattered.
  private String uuid(long number, int which) {
    long high = mixed(seed + GOLDEN * (4 * number + which));
    long low = mixed(high ^ number);
    return new UUID(
            (high & 0xffff_ffff_ffff_0fffL) | 0x4000L,
            (low & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L)
        .toString();
  }

  /// The last step of SplitMix64: every bit of the input changes half of the output.
  private static long mixed(long value) {
    long once = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    long twice = (once ^ (once >>> 27)) * 0x94d049bb133111ebL;
    return twice ^ (twice >>> 31);
  }
}
