# Users, a device, and clients that go on asking (Clients.java). Read by deploy/smoke.

clients=
mkdir -p "$work/clients"

# Tokens and passwords go by files: what stands in a command's line, everybody on the machine can read.
call() { curl -sS --max-time 20 --cacert "$REKEY_SECRETS/https/ca.pem" "$@"; }
expect() {
  local wanted=$1 what=$2 got
  shift 2
  got=$(call -o "$work/answer" -w '%{http_code}' "$@") || true
  # The stack may be too busy for a moment; its answer says to come again after a second. Told at the end, not hidden.
  for _ in 1 2 3 4 5; do
    [ "$got" = 503 ] && [ "$wanted" != 503 ] || break
    say "$what was answered 503 and is asked again"
    sleep 1
    got=$(call -o "$work/answer" -w '%{http_code}' "$@") || true
  done
  [ "$got" = "$wanted" ] || fail "$what: $got (expected: $wanted): $(head -c 300 "$work/answer")"
}
bearer() { printf 'header = "Authorization: Bearer %s"\n' "$(cat "$1")" >"$1.curl"; }
kid() { cut -d. -f1 "$1" | tr -- '-_' '+/' | sed 's/$/===/' | base64 -d 2>/dev/null | grep -o '"kid":"[0-9]*"' | grep -o '[0-9]*'; }
# One character of the claims changed.
changed() { awk -F. '{c = substr($2, 9, 1) == "A" ? "B" : "A"; printf "%s.%s%s%s.%s", $1, substr($2, 1, 8), c, substr($2, 10), $3}' "$1"; }

login() {
  expect 200 "a login" -X POST -K "$work/login.curl" "$gateway/api/management/v1/useradm/auth/login"
  cp "$work/answer" "$work/clients/$1.token"
  bearer "$work/clients/$1.token"
}
device_login() {
  local signature
  signature=$(openssl dgst -sha256 -sign "$work/device.key" "$work/device.json" | base64 -w0)
  expect 200 "an auth request" -X POST -H 'Content-Type: application/json' -H 'Authorization: Bearer' \
    -H "X-MEN-Signature: $signature" --data-binary "@$work/device.json" "$gateway/api/devices/v1/authentication/auth_requests"
  cp "$work/answer" "$work/clients/$1.token"
  bearer "$work/clients/$1.token"
}
expect_verifies() {
  local token
  for token in "$@"; do
    local of=management
    [[ $token != device* ]] || of=devices
    expect 200 "$token" -K "$work/clients/$token.token.curl" "$gateway/api/$of/v1/hello"
  done
}

make_users() {
  openssl rand -hex 12 >"$work/password"
  ./rekey users create smoke@example.com --password-stdin <"$work/password" >/dev/null 2>"$work/cli" || fail "users create: $(cat "$work/cli")"
  printf 'user = "smoke@example.com:%s"\n' "$(cat "$work/password")" >"$work/login.curl"
  login user-old
  # A user of their own for those that log in all the time: more than ten logins end the oldest sessions.
  printf '{"email":"often@example.com","password":"%s"}' "$(cat "$work/password")" >"$work/often.json"
  printf 'often@example.com:%s' "$(cat "$work/password")" >"$work/clients/logins"
  expect 201 "making a user" -X POST -K "$work/clients/user-old.token.curl" -H 'Content-Type: application/json' \
    --data-binary "@$work/often.json" "$gateway/api/management/v1/useradm/users"
  changed "$work/clients/user-old.token" >"$work/clients/bad-user.token"
  say "a user is made and logs in (kid $(kid "$work/clients/user-old.token"))"
}

enrol_device() {
  local key
  openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$work/device.key" 2>/dev/null
  key=$(openssl pkey -in "$work/device.key" -pubout | awk '{printf "%s\\n", $0}')
  printf '{"id_data":"{\\"mac\\":\\"52:54:00:12:34:56\\"}","tenant_token":"","pubkey":"%s"}' "$key" >"$work/device.json"
  printf '{"identity_data":{"mac":"52:54:00:12:34:56"},"pubkey":"%s"}' "$key" >"$work/preauthorized.json"
  expect 201 "preauthorizing a device" -X POST -K "$work/clients/user-old.token.curl" -H 'Content-Type: application/json' \
    --data-binary "@$work/preauthorized.json" "$gateway/api/management/v2/devauth/devices"
  device_login device-old
  changed "$work/clients/device-old.token" >"$work/clients/bad-device.token"
  say "a device is enrolled (kid $(kid "$work/clients/device-old.token"))"
}

compile_clients() {
  jdk=$(../rekey --java-home)
  "$jdk/bin/javac" -d "$work/classes" smoke-parts/*.java
}
# $1: whether a request may be asked a second time (`repeat`) or not (`once`).
start_clients() {
  rm -f "$work/clients/"{notes,table,account}
  "$jdk/bin/java" -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$work/classes" Clients \
    "$gateway" "$REKEY_SECRETS/https/ca.pem" "$work/clients" "$1" &
  clients=$!
}
end_clients() {
  [ -n "$clients" ] || return 0
  kill "$clients" 2>/dev/null || true
  wait "$clients" 2>/dev/null || true
  clients=
}
# Ends the clients and prints what they got. $1: during what.
settle() {
  local asked failed accepted repeated
  end_clients
  [ -s "$work/clients/account" ] || fail "the clients left no account"
  printf '\n'
  cat "$work/clients/table"
  read -r asked failed accepted repeated <"$work/clients/account"
  printf '%s: %d requests; good refused %d, bad accepted %d, repeated %d\n\n' "$1" "$asked" "$failed" "$accepted" "$repeated"
  [ "$asked" -gt 100 ] || fail "the clients asked hardly anything"
  [ "$failed" = 0 ] && [ "$accepted" = 0 ] || fail "the account is not clean"
}
