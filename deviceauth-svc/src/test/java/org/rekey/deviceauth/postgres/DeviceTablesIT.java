package org.rekey.deviceauth.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rekey.deviceauth.Device;
import org.rekey.deviceauth.DeviceStatus;
import org.rekey.runtime.db.Database;
import org.rekey.testkit.PostgresExtension;

/// What the tables themselves promise, whoever writes to them, and how they are read when they are
/// large.
class DeviceTablesIT {
  @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();
  private static final int DEVICES = 10_000;

  private static Database database;
  private static Jdbi jdbi;

  @BeforeAll
  static void open() {
    database = Database.open(POSTGRES.newDatabase(), "deviceauth", new SimpleMeterRegistry());
    jdbi = database.jdbi();
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @BeforeEach
  void oneDevice() {
    jdbi.useHandle(
        handle ->
            handle
                .createScript(
                    """
                    DELETE FROM device;
                    INSERT INTO device VALUES ('d', '{"a":1}', 'x', 'accepted', now(), now());
                    INSERT INTO auth_set VALUES ('a', 'd', 'k1', 'accepted', now());
                    INSERT INTO auth_set VALUES ('b', 'd', 'k2', 'pending', now());
                    INSERT INTO auth_set VALUES ('c', 'd', 'k3', 'preauthorized', now());
                    """)
                .execute());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      delimiter = '|',
      value = {
        "auth_set_accepted | UPDATE auth_set SET status = 'accepted' WHERE id = 'b'",
        "auth_set_accepted | UPDATE auth_set SET status = 'accepted'",
        "auth_set_accepted | INSERT INTO auth_set VALUES ('e', 'd', 'k4', 'accepted', now())",
        "auth_set_preauthorized | UPDATE auth_set SET status = 'preauthorized' WHERE id = 'a'",
        "auth_set_by_key | INSERT INTO auth_set VALUES ('e', 'd', 'k1', 'pending', now())",
        "auth_set_by_key | UPDATE auth_set SET public_key = 'k1' WHERE id = 'b'",
        "auth_set_pkey | INSERT INTO auth_set VALUES ('a', 'd', 'k4', 'pending', now())",
        "auth_set_status_check | UPDATE auth_set SET status = 'noauth' WHERE id = 'b'",
        "auth_set_device_id_fkey | INSERT INTO auth_set VALUES ('e', 'x', 'k', 'pending', now())",
        "device_identity | INSERT INTO device VALUES ('e', '{}', 'x', 'noauth', now(), now())",
        "device_status_check | UPDATE device SET status = 'gone'",
        "device_limit_value_check | INSERT INTO device_limit VALUES ('max_devices', -1)",
        "device_token_of_auth_set | INSERT INTO device_token VALUES ('t', 'd', 'x', 0, now())",
        "device_token_kid_check | INSERT INTO device_token VALUES ('t', 'd', 'a', -1, now())",
        "check_in_device_id_fkey | INSERT INTO check_in VALUES ('x', now())",
      })
  void refuseWhatMustNotBe(String constraint, String sql) {
    assertThatThrownBy(() -> jdbi.useHandle(handle -> handle.execute(sql)))
        .rootCause()
        .hasMessageContaining("\"" + constraint + "\"");
  }

  @Test
  void forgetWhatBelongsToADeviceWithIt() {
    jdbi.useHandle(
        handle -> {
          handle.execute("INSERT INTO device_token VALUES ('t', 'd', 'a', 0, now())");
          handle.execute("INSERT INTO check_in VALUES ('d', now())");
          handle.execute("DELETE FROM device");
          for (String table : List.of("auth_set", "device_token", "check_in")) {
            assertThat(number(handle, "SELECT count(*) FROM " + table)).as(table).isZero();
          }
          assertThat(DeviceQueries.count(handle, Set.of())).isZero();
        });
  }

  @Test
  void countEveryStatusWhoeverWritesIt() {
    jdbi.useHandle(DeviceTablesIT::fill);
    assertCounted();
    jdbi.useHandle(
        handle -> {
          handle.begin();
          handle.execute("UPDATE device SET status = 'rejected' WHERE status = 'pending'");
          assertThat(DeviceQueries.count(handle, Set.of(DeviceStatus.PENDING))).isZero();
          handle.rollback();
        });
    assertCounted();
    jdbi.useHandle(
        handle -> {
          handle.execute("DELETE FROM device WHERE id < 'd3'");
          handle.execute("UPDATE device SET status = 'noauth' WHERE id < 'd5'");
          handle.execute("UPDATE device SET updated_at = now()");
        });
    assertCounted();
  }

  private static void assertCounted() {
    jdbi.useHandle(
        handle -> {
          for (DeviceStatus status : DeviceStatus.values()) {
            long rows =
                number(
                    handle,
                    "SELECT count(*) FROM device WHERE status = '" + Rows.column(status) + "'");
            assertThat(DeviceQueries.count(handle, Set.of(status)))
                .as("%s", status)
                .isEqualTo(rows);
          }
          assertThat(DeviceQueries.count(handle, Set.of()))
              .isEqualTo(number(handle, "SELECT count(*) FROM device"));
        });
  }

  @Test
  void arePagedThroughWithoutAGapOrADuplicate() {
    jdbi.useHandle(
        handle -> {
          fill(handle);
          List<Device> all = new ArrayList<>();
          Set<String> ids = new HashSet<>();
          for (int skip = 0; ; skip += 500) {
            List<Device> page = DeviceQueries.list(handle, Set.of(), List.of(), skip, 500);
            all.addAll(page);
            page.forEach(device -> ids.add(device.id()));
            if (page.size() < 500) {
              break;
            }
          }
          assertThat(all).hasSize(DEVICES + 1);
          assertThat(ids).hasSize(DEVICES + 1);
          assertThat(all)
              .extracting(device -> Rows.column(device.status()) + " " + device.id())
              .isSorted();
          assertThat(DeviceQueries.list(handle, Set.of(DeviceStatus.NOAUTH), List.of(), 0, 20))
              .isEmpty();
        });
  }

  /// A page costs what is on it and what is before it in the index, not a pass over the devices.
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      delimiter = '|',
      value = {
        "none",
        "WHERE status = 'pending'",
        "WHERE status = ANY('{pending}')",
        "WHERE status = ANY('{pending,accepted}')",
      })
  void areListedByTheIndex(String where) {
    jdbi.useHandle(DeviceTablesIT::fill);
    jdbi.useHandle(
        handle -> {
          // What is not on disk yet is not marked as seen by all.
          handle.execute("CHECKPOINT");
          handle.execute("VACUUM ANALYZE device");
        });
    for (long skip : new long[] {0, 2000}) {
      String plan = plan(where.equals("none") ? "" : where, skip);
      assertThat(plan).contains("Index Only Scan using device_in_order on device");
      assertThat(plan).contains("device_pkey").doesNotContain("Seq Scan on device");
    }
  }

  private static String plan(String where, long skip) {
    return jdbi.withHandle(
        handle ->
            String.join(
                "\n",
                handle
                    .createQuery("EXPLAIN " + DeviceQueries.LIST)
                    .define("where", where)
                    .bind("skip", skip)
                    .bind("limit", 21)
                    .mapTo(String.class)
                    .list()));
  }

  private static void fill(Handle handle) {
    handle.execute(
        """
        INSERT INTO device
        SELECT 'd' || n, '{"n":' || n || '}', sha256(n::text::bytea),
               (ARRAY['accepted', 'pending', 'rejected', 'preauthorized'])[1 + n % 4], now(), now()
        FROM generate_series(1, ?) AS n
        """,
        DEVICES);
  }

  private static long number(Handle handle, String query) {
    return handle.createQuery(query).mapTo(Long.class).one();
  }
}
