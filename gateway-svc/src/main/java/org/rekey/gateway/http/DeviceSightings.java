package org.rekey.gateway.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/// Which certificate each device was shown when it was last let in. Devices are known by 64 bits of
/// a hash; 14 bytes each (28 when half full), 500 000 at most: 15 MB. Those that were not here for
/// the longest time that anyone asks about make room.
public final class DeviceSightings {
  static final int LIMIT = 500_000;
  private static final int SMALLEST = 1024;
  private static final int MOST_CERTIFICATES = 10_000;
  private static final long FREE = 0;

  private final Duration within;
  private final InstantSource clock;
  private final Instant since;
  private final int limit;
  private final long salt = ThreadLocalRandom.current().nextLong();
  private final List<String> certificates = new ArrayList<>();
  private long[] devices = new long[SMALLEST];
  private int[] minutes = new int[SMALLEST];
  private short[] shown = new short[SMALLEST];
  private int size;
  private int fullAt;
  private long notRemembered;

  /// @param within how long after its last request a device still counts
  public DeviceSightings(Duration within, InstantSource clock) {
    this(within, clock, LIMIT);
  }

  DeviceSightings(Duration within, InstantSource clock, int limit) {
    this.within = within;
    this.clock = clock;
    this.since = clock.instant();
    this.limit = limit;
  }

  /// What is known now.
  ///
  /// @param byCertificate how many devices were shown each, by its fingerprint
  /// @param since before this nothing was seen
  /// @param notRemembered sightings for which there was no room
  public record Counts(
      Map<String, Long> byCertificate, Duration within, Instant since, long notRemembered) {
    public long devices() {
      return byCertificate.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /// A device was let in on a connection on which this certificate was shown.
  synchronized void seen(String device, String fingerprint) {
    short certificate = number(fingerprint);
    long hash = hash(device);
    int slot = slot(hash);
    if (devices[slot] == FREE) {
      if (size >= limit ? mayHaveRoom() : size * 2 >= devices.length) {
        rebuild();
        slot = slot(hash);
      }
      if (size >= limit) {
        notRemembered++;
        return;
      }
      devices[slot] = hash;
      size++;
    }
    minutes[slot] = now();
    shown[slot] = certificate;
  }

  /// Counts the devices that were here lately.
  public synchronized Counts counts() {
    Map<String, Long> counts = new TreeMap<>();
    int oldest = now() - (int) within.toMinutes();
    for (int i = 0; i < devices.length; i++) {
      if (devices[i] != FREE && minutes[i] >= oldest) {
        counts.merge(certificates.get(shown[i]), 1L, Long::sum);
      }
    }
    return new Counts(counts, within, since, notRemembered);
  }

  /// Whether to look for some that have left. Time is counted in minutes: within one nobody leaves,
  /// and to look at all of them for each unknown device would stop an event loop.
  private boolean mayHaveRoom() {
    boolean isAnotherMinute = fullAt != now();
    fullAt = now();
    return isAnotherMinute;
  }

  /// Leaves out those that count no more, and grows if there is still not enough room.
  private void rebuild() {
    int oldest = now() - (int) within.toMinutes();
    long[] oldDevices = devices;
    int[] oldMinutes = minutes;
    short[] oldShown = shown;
    int kept = 0;
    for (int i = 0; i < oldDevices.length; i++) {
      kept += oldDevices[i] != FREE && oldMinutes[i] >= oldest ? 1 : 0;
    }
    int capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, kept)) * 4);
    devices = new long[capacity];
    minutes = new int[capacity];
    shown = new short[capacity];
    size = 0;
    for (int i = 0; i < oldDevices.length; i++) {
      if (oldDevices[i] != FREE && oldMinutes[i] >= oldest) {
        int slot = slot(oldDevices[i]);
        devices[slot] = oldDevices[i];
        minutes[slot] = oldMinutes[i];
        shown[slot] = oldShown[i];
        size++;
      }
    }
  }

  /// Where the device is, or where it would be.
  private int slot(long hash) {
    int mask = devices.length - 1;
    int slot = (int) hash & mask;
    while (devices[slot] != FREE && devices[slot] != hash) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private short number(String fingerprint) {
    int number = certificates.indexOf(fingerprint);
    if (number < 0) {
      if (certificates.size() == MOST_CERTIFICATES) {
        certificates.clear();
        Arrays.fill(devices, FREE);
        size = 0;
      }
      certificates.add(fingerprint);
      number = certificates.size() - 1;
    }
    return (short) number;
  }

  private int now() {
    return (int) (clock.instant().getEpochSecond() / 60);
  }

  /// FNV-1a, then the finaliser of MurmurHash3. Ids are the service's own, not the devices'.
  private long hash(String device) {
    long hash = 0xcbf29ce484222325L ^ salt;
    for (int i = 0; i < device.length(); i++) {
      hash = (hash ^ device.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    hash ^= hash >>> 33;
    return hash == FREE ? 1 : hash;
  }
}
