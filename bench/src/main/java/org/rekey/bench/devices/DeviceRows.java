package org.rekey.bench.devices;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.rekey.bench.load.MintedToken;
import org.rekey.bench.load.Progress;
import org.rekey.bench.load.RekeyUp;
import org.rekey.bench.load.TokenMint;

/// Rows of accepted devices as deviceauth-svc writes them, put into its tables. A million
/// real enrolments and acceptances would take an hour.
final class DeviceRows implements AutoCloseable {
  private static final Duration SINCE_LAST_CHECK_IN = Duration.ofMinutes(30);
  private static final int AT_ONCE = 10_000;

  private final Connection deviceauth;
  private final TokenMint mint;

  private DeviceRows(Connection deviceauth, TokenMint mint) {
    this.deviceauth = deviceauth;
    this.mint = mint;
  }

  static DeviceRows in(RekeyUp instance, TokenMint mint) {
    try {
      return new DeviceRows(instance.database("deviceauth"), mint);
    } catch (SQLException e) {
      throw new IllegalStateException("PostgreSQL cannot be reached", e);
    }
  }

  /// With a token each, which the device used half an hour ago for the last time.
  ///
  /// @param from the first one's number
  /// @return their tokens
  List<MintedToken> addLive(
      Fleet fleet, Fleet.Part part, long from, int count, Progress.Count made) {
    List<MintedToken> tokens = new ArrayList<>(count);
    for (int done = 0; done < count; done += AT_ONCE) {
      List<Device> devices = fleet.devices(part, from + done, Math.min(AT_ONCE, count - done));
      tokens.addAll(addLive(devices));
      made.add(devices.size());
    }
    vacuum();
    return tokens;
  }

  private List<MintedToken> addLive(List<Device> devices) {
    add(devices);
    Instant now = Instant.now();
    List<MintedToken> tokens =
        devices.parallelStream()
            .map(device -> mint.ofDevice(device.tokenId(), device.id(), now))
            .toList();
    insert(
        """
        INSERT INTO device_token (id, device_id, auth_set_id, kid, issued_at, expires_at)
        SELECT id, device, auth_set, ?, ?, ? FROM unnest(?, ?, ?) AS token (id, device, auth_set)
        """,
        TokenMint.KID,
        sql(tokens.getFirst().issuedAt()),
        sql(tokens.getFirst().expiresAt()),
        texts(devices, Device::tokenId),
        texts(devices, Device::id),
        texts(devices, Device::authSetId));
    insert(
        "INSERT INTO check_in (device_id, at) SELECT id, ? FROM unnest(?) AS id",
        sql(now.minus(SINCE_LAST_CHECK_IN)),
        texts(devices, Device::id));
    return tokens;
  }

  /// Accepted, without a token.
  void add(List<Device> devices) {
    OffsetDateTime now = sql(Instant.now());
    insert(
        """
        INSERT INTO device (id, identity_data, identity_sha256, status, created_at, updated_at)
        SELECT id, identity, sha256(convert_to(identity, 'UTF8')), 'accepted', ?, ?
        FROM unnest(?, ?) AS device (id, identity)
        """,
        now,
        now,
        texts(devices, Device::id),
        texts(devices, Device::identity));
    insert(
        """
        INSERT INTO auth_set (id, device_id, public_key, status, created_at)
        SELECT id, device, public_key, 'accepted', ?
        FROM unnest(?, ?, ?) AS auth_set (id, device, public_key)
        """,
        now,
        texts(devices, Device::authSetId),
        texts(devices, Device::id),
        array("bytea", devices.stream().map(device -> device.key().x509()).toArray(byte[][]::new)));
  }

  private Array texts(List<Device> devices, Function<Device, String> text) {
    return array("text", devices.stream().map(text).toArray(String[]::new));
  }

  private Array array(String type, Object[] elements) {
    try {
      return deviceauth.createArrayOf(type, elements);
    } catch (SQLException e) {
      throw new IllegalStateException("an array of " + type + " cannot be made", e);
    }
  }

  private void insert(String sql, Object... parameters) {
    try (PreparedStatement insert = deviceauth.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        insert.setObject(i + 1, parameters[i]);
      }
      insert.execute();
    } catch (SQLException e) {
      throw new IllegalStateException("devices' rows cannot be made", e);
    }
  }

  private static OffsetDateTime sql(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  /// Devices that enrolled in a measurement, so that the next one finds the table as this one did.
  void forgetPending() {
    execute("DELETE FROM device WHERE status = 'pending'");
    vacuum();
  }

  /// Now, and not by autovacuum in the middle of a round.
  void vacuum() {
    execute("VACUUM (ANALYZE) device, auth_set, device_token, check_in, device_count, outbox");
  }

  private void execute(String sql) {
    try (Statement statement = deviceauth.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /// How many devices are known to have been here since then.
  long hereSince(Instant instant) {
    try (PreparedStatement count =
        deviceauth.prepareStatement("SELECT count(*) FROM check_in WHERE at >= ?")) {
      count.setObject(1, sql(instant));
      try (ResultSet row = count.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    } catch (SQLException e) {
      throw new IllegalStateException("check-ins cannot be counted", e);
    }
  }

  @Override
  public void close() {
    try {
      deviceauth.close();
    } catch (SQLException e) {
      throw new IllegalStateException("a connection to PostgreSQL cannot be closed", e);
    }
  }
}
