# The stack: a project of its own, who is healthy, and what each container has used. Read by deploy/smoke.

work=$(mktemp -d)
tag=${REKEY_TAG:-latest}
export COMPOSE_PROJECT_NAME=${SMOKE_PROJECT:-rekey-smoke-$$} REKEY_TAG=$tag REKEY_SECRETS=$work/secrets
export REKEY_HTTPS=127.0.0.1:${SMOKE_PORT:-18443} REKEY_USER=${REKEY_USER:-10001:10001}
gateway=https://localhost:${REKEY_HTTPS##*:}
compose=(docker-compose)
docker compose version >/dev/null 2>&1 && compose=(docker compose)
replicas=(keystore-1 keystore-2 useradm-1 useradm-2 deviceauth-1 deviceauth-2 gateway-1 gateway-2)
services=(postgres kafka "${replicas[@]}" upstream door)
began=${EPOCHREALTIME/[.,]/}
umask 077

# `C` of deploy/README.md.
C() { "${compose[@]}" -f compose.yaml "$@"; }
seconds() { local now=${EPOCHREALTIME/[.,]/}; printf '%d.%d' $(((now - began) / 1000000)) $(((now - began) % 1000000 / 100000)); }
say() { printf '%5.1f s  %s\n' "$(seconds)" "$1"; }
fail() {
  printf 'smoke: %s\n' "$1" >&2
  [ ! -s "$work/clients/notes" ] || tail -n 20 "$work/clients/notes" >&2
  C logs --no-color --tail 6 >"$work/logs" 2>&1 && cut -c1-400 "$work/logs" >&2
  exit 1
}
# Says what it did only if it went wrong.
quietly() { "$@" >"$work/said" 2>&1 || fail "$*: $(tail -n 5 "$work/said")"; }

give_up() { printf 'smoke: %s\n' "$1" >&2; rm -rf "$work"; exit 1; }
prepare() {
  docker info >/dev/null 2>&1 || give_up "no Docker engine answers"
  command -v "${compose[0]}" >/dev/null || give_up "neither docker-compose nor Compose v2 is installed"
  for image in base rekey kafka postgres; do
    docker image inspect "rekey/$image:$tag" >/dev/null 2>&1 || give_up "no image rekey/$image:$tag (make it: deploy/images)"
  done
  trap end EXIT
  trap 'exit 130' INT TERM
}
end() {
  end_clients
  if [ "$keep" = true ]; then
    echo "smoke: left running: project $COMPOSE_PROJECT_NAME, secrets in $REKEY_SECRETS"
    return
  fi
  C down -v --remove-orphans >"$work/down" 2>&1 || cat "$work/down" >&2
  remove_next_images
  rm -rf "$work"
}

# What `C ps -q -a` says, a second sooner.
container() {
  docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --filter "label=com.docker.compose.service=$1"
}
health() { docker inspect -f '{{.State.Health.Status}}' "$1" 2>&1; }
await_health() {
  local limit=$((SECONDS + 150)) id
  id=$(container "$1")
  until [ "$(health "$id")" = healthy ]; do
    [ "$SECONDS" -lt "$limit" ] || fail "$1 is not healthy after 150 s: $(docker inspect -f '{{json .State.Health}}' "$id")"
    sleep 0.5
  done
}
start_stack() {
  local service
  C up -d >"$work/up" 2>&1 || { cat "$work/up" >&2; fail "the stack does not start"; }
  for service in postgres kafka "${replicas[@]}"; do await_health "$service"; done
  [ "$(docker wait "$(container kafka-acls)")" = 0 ] || fail "kafka-acls: $(docker logs "$(container kafka-acls)" 2>&1)"
}

# A container that got too little memory was killed, or has started again by itself.
expect_undisturbed() {
  local id
  id=$(container "$1")
  [ "$(docker inspect -f '{{.RestartCount}} {{.State.OOMKilled}}' "$id")" = "0 false" ] ||
    fail "$1: $(docker inspect -f 'restarted by itself {{.RestartCount}} times, out of memory: {{.State.OOMKilled}}' "$id") (expected: 0, false)"
}
table_of_containers() {
  local service id used limit started ready after total=0
  printf '\n%-14s %10s %10s %12s\n' container memory limit "ready after"
  for service in "${services[@]}"; do
    id=$(container "$service")
    expect_undisturbed "$service"
    read -r used _ limit < <(docker stats --no-stream --format '{{.MemUsage}}' "$id")
    started=$(docker inspect -f '{{.State.StartedAt}}' "$id")
    ready=$(docker logs -t --since "$started" "$id" 2>&1 |
      grep -m1 -E 'is ready|ready to accept|RECOVERY to RUNNING|serving HTTPS|Serving /' | cut -d' ' -f1 || true)
    after=-
    [ -z "$ready" ] || after="$(($(date -d "$ready" +%s%3N) - $(date -d "$started" +%s%3N))) ms"
    printf '%-14s %10s %10s %12s\n' "$service" "$used" "$limit" "$after"
    total=$((total + $(docker inspect -f '{{.HostConfig.Memory}}' "$id")))
  done
  printf '%-14s %10s %10s\n\n' "all limits" "" "$((total / 1048576))MiB"
}
