# Ask for no more requests, then serve on: $1 is the path of workers at a front end, $2 are seconds.
# Whatever fails, it waits and ends: a front end that is away must not keep a worker.

# The same escapes serve JSON and curl's configuration.
quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g'; }

# curl reads what it sends from its input, so that no list of processes shows the token.
post() {
  {
    printf 'header = "Authorization: Bearer %s"\n' "$(quoted "$token")"
    printf 'header = "Content-Type: application/json"\ndata = "%s"\n' "$(quoted "$2")"
  } | curl --silent --show-error --max-time 10 --config - "$LOCALAI_REGISTER_TO$1"
}

drain() {
  case $token in
    *[[:cntrl:]]*) echo "the registration token has more than one line" >&2 && return ;;
  esac
  # A name that registers again keeps its id, which the answer tells.
  me='{"name":"'$LOCALAI_NODE_NAME'","token":"'$(quoted "$token")'"'
  me=$me',"address":"'$LOCALAI_ADVERTISE_ADDR'","http_address":"'$LOCALAI_ADVERTISE_HTTP_ADDR'"}'
  id=$(post "$1/register" "$me" | sed -n 's/.*"id":"\([0-9a-f-]*\)".*/\1/p')
  if test -n "$id"; then
    post "$1/$id/drain" '{}' >/dev/null
  else
    echo "no front end knows this worker" >&2
  fi
}

# A file often ends in a line feed, which a substitution takes off.
token=$(printf '%s' "$LOCALAI_REGISTRATION_TOKEN")
failed=$(drain "$1" 2>&1)
# What a hook prints is in no log, so it goes to that of the first process.
test -z "$failed" || echo "Not drained: $failed" >"${LOG:-/proc/1/fd/2}" || true
sleep "$2"
