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
# Of another checkout while `--from` has not come to its upgrade.
stack=$PWD
umask 077

# `C` of deploy/README.md.
C() { "${compose[@]}" -f "$stack/compose.yaml" "$@"; }
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

# What an older commit would have started: its images by its own deploy/images, and its compose file. $1: the commit.
begin_with() {
  local commit image missing=false
  commit=$(git rev-parse --verify --quiet "$1^{commit}") || fail "--from $1: no such commit (try: git log --oneline deploy)"
  next=$tag
  tag=from-${commit:0:12}
  stack=$PWD/target/$tag/deploy
  (umask 022 && mkdir -p "target/$tag" && { [ -e "$stack/images" ] || git -C .. archive "$commit" | tar -x -C "target/$tag"; })
  [ -e "$stack/images" ] || fail "--from $1: that commit has no deploy/images"
  for image in base rekey kafka postgres; do
    docker image inspect "rekey/$image:$tag" >/dev/null 2>&1 || missing=true
  done
  if [ "$missing" = true ]; then
    echo "smoke: the images of $(git log -1 --format='%h, %s' "$commit") (kept as rekey/…:$tag)"
    (umask 022; REKEY_TAG=$tag "$stack/images") || fail "--from $1: its images cannot be made"
    began=${EPOCHREALTIME/[.,]/}
  fi
  export REKEY_TAG=$tag
}
end() {
  end_clients
  if [ "$keep" = true ]; then
    echo "smoke: left running: project $COMPOSE_PROJECT_NAME, secrets in $REKEY_SECRETS"
    return
  fi
  C down -v -t 0 --remove-orphans >"$work/down" 2>&1 || cat "$work/down" >&2
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
# With --from the older commit's own: its compose file, its secrets.
start_stack() {
  if [ "$stack" = "$PWD" ]; then
    ./up >"$work/up" 2>&1 || fail "deploy/up: $(tail -n 5 "$work/up")"
    return
  fi
  local service
  quietly "$stack/secrets"
  quietly C up -d
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
# $1: a container that has the network, a port, and what awk does with its metrics.
metrics() {
  local addresses
  read -r addresses _ < <(docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$(container "$1")")
  curl -sS --max-time 5 "http://$addresses:$2/metrics" | awk "$3"
}
# The mean of all that were asked as the first was, in milliseconds. $1: the service, $2: what its log calls the first call.
warm() {
  local has=$1 port=9900 timer=rpc_server_duration_seconds labels="method=\"${2##*/}\""
  case $1:$2 in
    gateway-*) has=door timer=gateway_requests_seconds labels="route=\"$2\",status=\"2xx\"" ;;
    # A stream lives as long as the connection: what the gateways waited for, then.
    useradm-*:*VerifyStream) has=door timer=gateway_verdict_duration_seconds labels='audience="USERS"' ;;
    deviceauth-*:*VerifyStream) has=door timer=gateway_verdict_duration_seconds labels='audience="DEVICES"' ;;
  esac
  [ "$1" != gateway-2 ] || port=9901
  metrics "$has" "$port" 'index($0, "'"$timer"'_sum{") == 1 && index($0, "'"${labels//\"/\\\"}"'") {sum += $NF}
    index($0, "'"$timer"'_count{") == 1 && index($0, "'"${labels//\"/\\\"}"'") {count += $NF}
    END {if (count > 0) printf "%.1f ms", 1000 * sum / count; else printf "-"}' || true
}
since() { printf '%d ms' $(($(date -d "$2" +%s%3N) - $(date -d "$1" +%s%3N))); }
table_of_containers() {
  local service id used limit started ready first after answered took warm total=0
  printf '\n%-14s %10s %10s %12s %13s %8s %8s\n' container memory limit "ready after" "first answer" "it took" "then"
  for service in "${services[@]}"; do
    id=$(container "$service")
    expect_undisturbed "$service"
    read -r used _ limit < <(docker stats --no-stream --format '{{.MemUsage}}' "$id")
    started=$(docker inspect -f '{{.State.StartedAt}}' "$id")
    docker logs -t --since "$started" "$id" >"$work/log" 2>&1
    ready=$(grep -m1 -E 'is ready|ready to accept|RECOVERY to RUNNING|serving HTTPS|Serving /' "$work/log" | cut -d' ' -f1 || true)
    first=$(grep -m1 'the first call is answered' "$work/log" || true)
    after=- answered=- took=- warm=-
    [ -z "$ready" ] || after=$(since "$started" "$ready")
    if [ -n "$first" ]; then
      answered=$(since "$started" "${first%% *}")
      took="$(grep -oE '"ms": ?"?[0-9]+' <<<"$first" | grep -oE '[0-9]+$') ms"
      warm=$(warm "$service" "$(grep -oE '"call": ?"[^"]+' <<<"$first" | sed 's/.*"//; s/\\//g')")
    fi
    printf '%-14s %10s %10s %12s %13s %8s %8s\n' "$service" "$used" "$limit" "$after" "$answered" "$took" "$warm"
    total=$((total + $(docker inspect -f '{{.HostConfig.Memory}}' "$id")))
  done
  printf '%-14s %10s %10s\n\n' "all limits" "" "$((total / 1048576))MiB"
}
