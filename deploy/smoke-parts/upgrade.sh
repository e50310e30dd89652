# Every replica is exchanged for one of another image, under requests. Read by deploy/smoke.

next=${SMOKE_NEXT:-}
next_images=()

# The same programs in images of their own, unless others were named or an older commit's were begun with.
make_next_images() {
  [ -z "$next" ] || return 0
  next=$tag-next-$$
  local image
  for image in base rekey kafka postgres; do
    printf 'FROM rekey/%s:%s\nLABEL org.rekey.upgrade=%s\n' "$image" "$tag" "$next" >"$work/Dockerfile"
    DOCKER_BUILDKIT=0 docker build -q -t "rekey/$image:$next" - <"$work/Dockerfile" >"$work/said" 2>&1 || fail "rekey/$image:$next: $(cat "$work/said")"
    next_images+=("rekey/$image:$next")
  done
}
remove_next_images() { [ ${#next_images[@]} = 0 ] || docker image rm "${next_images[@]}" >/dev/null 2>&1 || true; }

try_upgrade() {
  local service repeated before
  make_next_images
  before=$(docker inspect -f '{{.Image}}' "$(container keystore-1)")
  start_clients once
  export REKEY_TAG=$next
  stack=$PWD
  for service in "${replicas[@]}"; do
    expect_undisturbed "$service"
    quietly C stop -t 20 "$service"
    quietly C up -d --no-deps "$service"
    await_health "$service"
    # Whoever calls it looks once a second whether it is back.
    sleep 3
    [ "$(docker inspect -f '{{.Image}}' "$(container "$service")")" != "$before" ] || fail "$service still runs the old image"
    say "$service is exchanged"
    [ ! -s "$work/clients/notes" ] || fail "requests failed while $service was exchanged"
  done
  settle "upgrade"
  read -r _ _ _ repeated <"$work/clients/account"
  [ "$repeated" = 0 ] || fail "requests had to be repeated"
  table_of_containers
}
