package org.rekey.deviceauth.postgres;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.rekey.proto.deviceauth.v1.DeviceEvent;
import org.rekey.verifier.serve.LastUses;

/// When devices were last here, in the table `check_in`. The first time ever is an event.
///
/// Rows are taken in the order of device ids, so that two replicas that write the same ones do not
/// wait for each other.
public final class PostgresCheckIns implements LastUses.Notes {
  private final Jdbi jdbi;
  private final DeviceEvents events;

  public PostgresCheckIns(Jdbi jdbi, DeviceEvents events) {
    this.jdbi = jdbi;
    this.events = events;
  }

  @Override
  public void note(Map<String, Instant> uses, Duration notNewerThan) {
    Map<String, Instant> inOrder = new TreeMap<>(uses);
    List<String> ids = List.copyOf(inOrder.keySet());
    List<Long> millis = inOrder.values().stream().map(Instant::toEpochMilli).toList();
    jdbi.useTransaction(
        handle -> {
          first(handle, ids, millis);
          again(handle, ids, millis, notNewerThan);
        });
  }

  private void first(Handle handle, List<String> ids, List<Long> millis) {
    handle
        .createQuery(
            """
            WITH here AS MATERIALIZED (
              SELECT device.id, device.identity_data, to_timestamp(used.at / 1000.0) AS at
              FROM unnest(CAST(:ids AS text[]), CAST(:millis AS bigint[])) AS used (id, at)
              JOIN device ON device.id = used.id
              WHERE NOT EXISTS (SELECT FROM check_in WHERE device_id = device.id)
              ORDER BY device.id FOR KEY SHARE OF device),
            first AS (
              INSERT INTO check_in (device_id, at) SELECT id, at FROM here ORDER BY id
              ON CONFLICT (device_id) DO NOTHING RETURNING device_id)
            SELECT id, identity_data FROM here JOIN first ON device_id = id
            """)
        .bindArray("ids", String.class, ids)
        .bindArray("millis", Long.class, millis)
        .map((row, _) -> Map.entry(row.getString("id"), row.getString("identity_data")))
        .list()
        .forEach(
            device ->
                events.append(
                    handle,
                    device.getKey(),
                    device.getValue(),
                    DeviceEvent.Type.TYPE_FIRST_AUTHENTICATED));
  }

  private static void again(
      Handle handle, List<String> ids, List<Long> millis, Duration notNewerThan) {
    handle
        .createUpdate(
            """
            UPDATE check_in SET at = due.at
            FROM (
              SELECT device_id, to_timestamp(used.at / 1000.0) AS at
              FROM unnest(CAST(:ids AS text[]), CAST(:millis AS bigint[])) AS used (id, at)
              JOIN check_in ON device_id = used.id
              WHERE check_in.at <= to_timestamp((used.at - :pause) / 1000.0)
              ORDER BY device_id FOR NO KEY UPDATE OF check_in) AS due
            WHERE check_in.device_id = due.device_id
            """)
        .bindArray("ids", String.class, ids)
        .bindArray("millis", Long.class, millis)
        .bind("pause", notNewerThan.toMillis())
        .execute();
  }
}
