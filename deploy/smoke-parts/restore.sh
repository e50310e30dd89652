# The commands of deploy/README.md for backup and restore, and what must not be restored. Read by deploy/smoke.

# The database's folder while it is stopped, then the files: so that no key that the log knows is missing among them.
back_up() {
  quietly C stop postgres
  docker cp "$(container postgres)":/data/postgres - >"$1/postgres.tar"
  quietly C start postgres
  await_health postgres
  tar --numeric-owner -C "$REKEY_SECRETS" -cf "$1/secrets.tar" .
}
restore_database() { docker cp - "$(container postgres)":/data <"$1/postgres.tar"; }

key_log() { ./rekey keys log verify >"$work/log" 2>&1 || fail "keys log verify: $(cat "$work/log")"; }

try_restore() {
  mkdir "$work/backup"
  login user-last
  device_login device-last
  key_log
  ./rekey keys log export - >"$work/log.before" 2>"$work/cli" || fail "keys log export: $(cat "$work/cli")"
  back_up "$work/backup"
  for service in "${replicas[@]}"; do await_health "$service"; done
  expect_verifies user-old user-last device-last
  say "backed up ($(du -sh "$work/backup" | cut -f1)); the services have gone on"

  quietly C down -v -t 0
  rm -rf "$REKEY_SECRETS"
  mkdir -m 700 "$REKEY_SECRETS"
  tar -C "$REKEY_SECRETS" --numeric-owner -xpf "$work/backup/secrets.tar"
  # Not of all: docker-compose 1.29 makes gateways without a network while `door` does not run.
  quietly C up --no-start postgres
  restore_database "$work/backup"
  start_stack
  say "destroyed, and restored from the backup on nothing"
  expect_verifies user-old user-last device-last
  login user-restored
  key_log
  ./rekey keys log export - >"$work/log.after" 2>"$work/cli" || fail "keys log export: $(cat "$work/cli")"
  cmp -s "$work/log.before" "$work/log.after" || fail "the key log is not what it was: $(diff "$work/log.before" "$work/log.after" | head -c 600)"
  say "tokens from before verify, and the key log is what it was: $(wc -l <"$work/log.after") events"

  expect_older_is_refused
}

# Kafka keeps what the database forgets.
expect_older_is_refused() {
  local limit line
  ./rekey keys rotate useradm --reason smoke >"$work/rotated" 2>&1 || fail "keys rotate useradm: $(cat "$work/rotated")"
  quietly C stop -t 20 "${replicas[@]}"
  quietly C rm -sfv postgres
  docker volume rm "${COMPOSE_PROJECT_NAME}_postgres" >/dev/null
  quietly C up --no-start postgres
  restore_database "$work/backup"
  quietly C start postgres
  await_health postgres
  quietly C start keystore-1
  limit=$((SECONDS + 60))
  until line=$(docker logs --since 60s "$(container keystore-1)" 2>&1 | grep -m1 -o 'key log: rolled back: [^"]*'); do
    [ "$SECONDS" -lt "$limit" ] || fail "an older backup was not refused: $(docker logs --tail 3 "$(container keystore-1)" 2>&1)"
    sleep 0.5
  done
  [ "$(health "$(container keystore-1)")" != healthy ] || fail "the keystore goes on with an older log"
  say "an older backup is refused: $line"
}
