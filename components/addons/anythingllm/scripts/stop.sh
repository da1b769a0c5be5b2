# Runs in the pod before it ends: its first process is a shell that ignores the signal, so the
# programs below it get it here. They end within two seconds, and the shell with them.
servers() {
  for one in /proc/[0-9]*; do
    case $(readlink "$one/exe" 2>/dev/null) in
      */node) echo "${one#/proc/}" ;;
    esac
  done
}
kill -TERM $(servers) 2>/dev/null
tries=0
while [ -n "$(servers)" ] && [ "$tries" -lt 100 ]; do
  tries=$((tries + 1))
  sleep 0.2
done
