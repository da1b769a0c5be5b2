# Ask for no more requests, then serve on: $1 is the path of workers at a front end, $2 are seconds.
# Whatever fails, it waits and ends: a front end that is away must not keep a worker.

# curl reads what it sends from its input, so that no list of processes shows the token.
post() {
  {
    printf 'header = "Authorization: Bearer %s"\n' "$LOCALAI_REGISTRATION_TOKEN"
    printf 'header = "Content-Type: application/json"\ndata = "%s"\n' "$2"
  } | curl --silent --show-error --max-time 10 --config - "$LOCALAI_REGISTER_TO$1"
}

# A name that registers again keeps its id, which the answer tells.
me='{\"name\":\"'$LOCALAI_NODE_NAME'\",\"token\":\"'$LOCALAI_REGISTRATION_TOKEN'\"'
me=$me',\"address\":\"'$LOCALAI_ADVERTISE_ADDR'\",\"http_address\":\"'$LOCALAI_ADVERTISE_HTTP_ADDR'\"}'
id=$(post "$1/register" "$me" | sed -n 's/.*"id":"\([0-9a-f-]*\)".*/\1/p')
test -n "$id" && post "$1/$id/drain" '{}'
sleep "$2"
