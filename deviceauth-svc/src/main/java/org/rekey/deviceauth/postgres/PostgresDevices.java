package org.rekey.deviceauth.postgres;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Jdbi;
import org.rekey.deviceauth.AuthSetStatus;
import org.rekey.deviceauth.Device;
import org.rekey.deviceauth.DeviceStatus;
import org.rekey.deviceauth.DeviceStore;

/// Lists and counts of the tables `device` and `auth_set`, and the limit of accepted devices.
public final class PostgresDevices implements DeviceStore {
  private final Jdbi jdbi;

  public PostgresDevices(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  @Override
  public Optional<Device> get(String deviceId) {
    return jdbi.withHandle(handle -> DeviceQueries.get(handle, deviceId));
  }

  @Override
  public Optional<AuthSetStatus> authSetStatus(String authSetId) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery("SELECT status FROM auth_set WHERE id = :id")
                .bind("id", authSetId)
                .mapTo(String.class)
                .findOne()
                .map(Rows::authSetStatus));
  }

  @Override
  public List<Device> list(Set<DeviceStatus> statuses, List<String> ids, long skip, int limit) {
    return jdbi.withHandle(handle -> DeviceQueries.list(handle, statuses, ids, skip, limit));
  }

  @Override
  public long count(Set<DeviceStatus> statuses) {
    return jdbi.withHandle(handle -> DeviceQueries.count(handle, statuses));
  }

  @Override
  public long maxDevices() {
    return jdbi.withHandle(DeviceLimit::read);
  }

  @Override
  public void limitDevices(long maxDevices) {
    jdbi.useTransaction(handle -> DeviceLimit.write(handle, maxDevices));
  }
}
