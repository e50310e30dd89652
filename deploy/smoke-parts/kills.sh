# Both rings are turned and one container of every kind is killed, under requests. Read by deploy/smoke.

try_kills() {
  local ring
  start_clients repeat
  for ring in useradm deviceauth; do
    ./rekey keys rotate "$ring" --reason smoke >"$work/rotated" 2>&1 || fail "keys rotate $ring: $(cat "$work/rotated")"
  done
  login user-new
  device_login device-new
  [ "$(kid "$work/clients/user-new.token")" != "$(kid "$work/clients/user-old.token")" ] || fail "users' tokens have the old kid"
  [ "$(kid "$work/clients/device-new.token")" != "$(kid "$work/clients/device-old.token")" ] || fail "devices' tokens have the old kid"
  say "both rings are turned (users' kid $(kid "$work/clients/user-new.token"), devices' kid $(kid "$work/clients/device-new.token"))"

  # One of each kind that is there twice, then the one broker, then the gateways, whose clients notice.
  kill_for_a_while keystore-1 useradm-1 deviceauth-2
  kill_for_a_while kafka
  # This one waits half a minute for nobody to answer: the gateways are killed meanwhile.
  expect_private_keystore &
  local private=$!
  kill_for_a_while gateway-1
  kill_for_a_while gateway-2
  wait "$private" || exit 1
  settle "keys turned and containers killed"
}

kill_for_a_while() {
  local service
  for service in "$@"; do
    expect_undisturbed "$service"
    docker kill "$(container "$service")" >/dev/null
  done
  sleep 4
  for service in "$@"; do docker start "$(container "$service")" >/dev/null; done
  for service in "$@"; do await_health "$service"; done
  say "killed for four seconds and back: $*"
}

# From the network that the gateways share with the issuers, nobody gets to the keystores.
expect_private_keystore() {
  local denied
  if docker run --rm --network "${COMPOSE_PROJECT_NAME}_verdicts" --read-only --tmpfs /tmp:exec --user "$REKEY_USER" -e REKEY_DATA=/operator \
    -v "$REKEY_SECRETS/operator/pki:/operator/pki:ro" -v "$PWD/compose/operator.json:/operator/run.json:ro" \
    "rekey/rekey:$REKEY_TAG" org.rekey.cli.Rekey keys list >"$work/keys" 2>&1; then
    fail "the keystore can be reached from the gateways' network"
  fi
  grep -q 'cannot be reached\|did not answer' "$work/keys" || fail "from the gateways' network: $(cat "$work/keys")"
  denied=$(docker logs --since 60s "$(container kafka)" 2>&1 | grep -m1 Denied || true)
  [ -z "$denied" ] || fail "Kafka: $denied"
  say "the keystores cannot be reached from the gateways' network"
}
