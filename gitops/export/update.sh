#!/bin/sh
# Pulls a stack from Git onto this server: what came is verified, checked, prepared, started and
# proven; where the proof fails, the last good commit is started again. What runs keeps running until
# all of the new is there, and nothing is ever taken down first.
#
#   update.sh            take what is new
#   update.sh --again    take it though it was refused before, or history was rewritten
#   update.sh --status   say what runs, and what was refused
#   update.sh --run JOB  run what a CronJob starts in a cluster, or a Job that is asked for
#   update.sh --compose WORD...  tell Compose something about what runs: `ps`, `logs`, `stop ...`
#
# Exit code: 0 what the repository says runs; 1 it does not, and the last line says why.
set -eu
umask 077

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
env_file="$here/.env"
if [ ! -f "$env_file" ]; then
    echo "$env_file: is missing; write it by \`localai-gitops export compose\`" >&2
    exit 1
fi
# shellcheck source=/dev/null
. "$env_file"
stack=${LOCALAI_STACK:?set it in .env}
state=${LOCALAI_STATE:?set it in .env}
repository=${LOCALAI_REPOSITORY:?set it in .env}
branch=${LOCALAI_BRANCH:-main}
signers=${LOCALAI_SIGNERS:-}
tag=${LOCALAI_TAG:-}
tool=${LOCALAI_TOOL:-localai-gitops}
compose=${LOCALAI_COMPOSE:-docker compose}
ready_seconds=${LOCALAI_READY_SECONDS:-1800}
clone="$state/repository"

say() { echo "$stack: $*" >&2; }
held() { if [ -f "$state/$1" ]; then cat "$state/$1"; fi; }
# One step that no reader and no power cut sees half of; a full disk fails before it.
keep() { printf '%s\n' "$2" > "$state/$1.new" && sync "$state/$1.new" && mv -f "$state/$1.new" "$state/$1"; }
refuse() { doing=""; say "$1"; exit 1; }
# A commit that is wrong in itself is not tried again; one that only could not be had is.
bad() { keep refused "$object $1"; refuse "$1"; }
ended() {
    [ "$1" != 0 ] || return 0
    [ -z "$doing" ] || say "ended while $doing; what ran keeps running, and the next run begins again"
    exit 1
}
doing="looking for what is new"
trap 'ended $?' EXIT
trap 'exit 143' TERM INT HUP

wanted() {
    # Git compares the ends of names: a branch may be named `refs/heads/main`, and a tag likewise.
    if [ -z "$tag" ]; then
        listed=$(git ls-remote "$repository" "refs/heads/$branch") || return 1
        echo "$listed" | awk -v name="refs/heads/$branch" '$2 == name'
        return
    fi
    # The highest version, of which one with a suffix such as `-rc1` comes before the one without.
    listed=$(git -c versionsort.suffix=- ls-remote --refs --sort=version:refname "$repository" "refs/tags/$tag") || return 1
    echo "$listed" | while read -r object ref; do
        # shellcheck disable=SC2254
        case "$ref" in refs/tags/$tag) echo "$object $ref" ;; esac
    done | tail -n 1
}

compose_of() {
    release=$1; shift
    # Without an own folder a file's place is the project's: what did not change is not started again.
    $compose --project-name "localai-$stack" --env-file "$env_file" --file "$state/compose.$release.yaml" "$@" 9>&-
}

steps_of() { sed -n "s/^$2 //p" "$state/releases/$1/steps"; }

fetched() {
    if [ ! -d "$clone/.git" ]; then
        rm -rf "$clone.new"
        git init --quiet "$clone.new" && mv "$clone.new" "$clone"
    fi
    git -C "$clone" config core.hooksPath /dev/null
    git -C "$clone" fetch --quiet --force "$repository" "$ref:refs/pulled/wanted" ||
        refuse "cannot fetch $ref of $repository; what runs stays"
    found=$(git -C "$clone" rev-parse --verify --quiet refs/pulled/wanted)
    [ "$found" = "$object" ] || refuse "$ref moved meanwhile; the next run takes it"
    commit=$(git -C "$clone" rev-parse --verify --quiet "$object^{commit}")
}

verified() {
    [ -n "$signers" ] || return 0
    [ -r "$signers" ] || refuse "$signers cannot be read; put the allowed signers there"
    what=commit; [ -z "$tag" ] || what=tag
    git -C "$clone" -c gpg.format=ssh -c gpg.ssh.allowedSignersFile="$signers" \
        -c gpg.minTrustLevel=fully "verify-$what" "$object" > "$state/signature.log" 2>&1 ||
        bad "$ref is $what $object, which nobody in $signers signed; sign it, or add who did"
    [ -n "$tag" ] || return 0
    # Whoever may push may give a signed tag another name, such as that of a higher version.
    named=$(git -C "$clone" cat-file tag "$object" | sed -n '/^$/q; s/^tag //p')
    [ "refs/tags/$named" = "$ref" ] ||
        bad "$ref was signed as $named; delete $ref, and sign a tag of that name"
}

follows() {
    good=$(held good)
    [ -n "$good" ] && [ "$again" = no ] || return 0
    git -C "$clone" merge-base --is-ancestor "$good" "$commit" 2> /dev/null ||
        bad "$commit does not come after $good, which runs: history was rewritten; look why, then --again"
}

exported() {
    git -C "$clone" checkout --quiet --detach --force "$commit"
    git -C "$clone" clean -ffdqx
    command -v "${tool%% *}" > /dev/null || refuse "${tool%% *}: command not found; set LOCALAI_TOOL in $env_file"
    (cd "$clone" && $tool check "$stack" 9>&-) > "$state/check.log" 2>&1 ||
        bad "\`check $stack\` refuses $commit: $(tail -n 1 "$state/check.log")"
    release="$state/releases/$commit"
    rm -rf "$release.new" && mkdir -p "$state/releases" "$state/config"
    (cd "$clone" && $tool export compose "$stack" --out "$release.new" 9>&-) > "$state/export.log" 2>&1 ||
        refuse "cannot export $commit: $(tail -n 1 "$state/export.log")"
    rm -rf "$release" && mv "$release.new" "$release"
    # Each folder is named by its content, so one that is there is the same.
    for folder in "$release"/config/*; do
        name=$(basename "$folder")
        [ -e "$state/config/$name" ] && continue
        rm -rf "$state/config/.new" && cp -R "$folder" "$state/config/.new"
        # The users of containers read it, who are not root.
        chmod -R u=rwX,go=rX "$state/config/.new" && mv "$state/config/.new" "$state/config/$name"
    done
    chmod 711 "$state" && chmod 755 "$state/config"
    cp "$release/compose.yaml" "$state/compose.$commit.yaml"
}

secrets() {
    for path in $(steps_of "$commit" generate); do
        file="$LOCALAI_SECRETS/$path"
        [ -s "$file" ] && { owned "$file"; continue; }
        mkdir -p "$(dirname "$file")"
        head -c 48 /dev/urandom | base64 | tr -d '+/=\n' > "$file.new"
        owned "$file.new" && mv "$file.new" "$file"
    done
    for path in $(steps_of "$commit" need); do
        [ -s "$LOCALAI_SECRETS/$path" ] ||
            refuse "$LOCALAI_SECRETS/$path is missing or empty; put the value there; what runs stays"
        owned "$LOCALAI_SECRETS/$path"
    done
}

# User 10001 runs servers and downloads, and reads the file through its group where root keeps it.
owned() { chmod 711 "$LOCALAI_SECRETS" "$(dirname "$1")" && chmod 440 "$1" && { chgrp 10001 "$1" 2> /dev/null || [ "$(id -u)" != 0 ]; }; }

# Where a release is asked, as NAME URL PATH, with the ports of this server.
asked() {
    host=${LOCALAI_LISTEN:-127.0.0.1}
    [ "$host" != 0.0.0.0 ] || host=127.0.0.1
    steps_of "$1" ask | while read -r name variable port path; do
        eval "port=\${$variable:-$port}"
        echo "$name http://$host:$port $path"
    done
}

# Ports and GPUs of a release, as KIND VARIABLE NUMBER SHARE COUNTED: named in .env, else counted (1).
numbers() {
    sed -n '/^port /p; /^gpu /p' "$state/releases/$1/steps" | while read -r kind variable number share; do
        counted=1
        eval "named=\${$variable:-}"
        [ -z "$named" ] || { number=$named; counted=0; }
        echo "$kind $variable $number ${share:-1} $counted"
    done
}

ports_of() { numbers "$1" | awk '$1 == "port" { print $3 }'; }

# What .env does not name is counted by place, which may be the number of something that it does name.
apart() {
    clash=$(numbers "$commit" | sort -k5,5 -s | awk '
        { key = $1 " " $3; held[key]++ }
        held[key] == 1 { first[key] = $2; least[key] = $4 }
        $4 < least[key] { least[key] = $4 }
        # GPUs that a person gave to two are shared.
        held[key] > least[key] && ($1 == "port" || $5) && !last { kind = $1; number = $3; last = $2 }
        END {
            if (!last) exit
            free = number + 1
            while ((kind " " free) in held) free++
            print first[kind " " number] " and " last " are both " number "; add the line " last "=" free
        }')
    [ -z "$clash" ] || refuse "$clash to $env_file; what runs stays"
}

fits() {
    case "$compose $($compose version --short 2> /dev/null)" in
        docker*" "1.* | docker*" "2.[0-9].* | docker*" "2.1?.* | docker*" "2.2[0-3].*)
            refuse "Compose is older than 2.24; install the docker-compose-plugin of Docker" ;;
    esac
    compose_of "$commit" config > /dev/null 2> "$state/config.log" ||
        refuse "Compose does not take $commit: $(tail -n 1 "$state/config.log")"
    if grep -q 'driver: nvidia' "$state/compose.$commit.yaml" && ! command -v nvidia-container-runtime > /dev/null; then
        refuse "it needs a GPU, and there is no nvidia-container-runtime; install the NVIDIA Container Toolkit"
    fi
    for port in $(ports_of "$commit"); do
        case " $(held ports) " in *" $port "*) continue ;; esac
        [ -z "$(ss -Hltn "sport = :$port")" ] ||
            compose_of "$commit" ps --format '{{.Ports}}' 2> /dev/null | grep -q ":$port->" ||
            refuse "port $port is in use by another program; name another in $env_file"
    done
}

prepared() {
    for service in $(steps_of "$commit" prepare); do
        compose_of "$commit" run --rm --no-deps -T "$service" > "$state/prepare.log" 2>&1 < /dev/null ||
            refuse "$service failed: $(tail -n 1 "$state/prepare.log"); what runs stays, the next run tries again"
    done
}

# Waits until something is asked again, if there is time for that.
in_time() {
    if [ "$(date +%s)" -ge "$deadline" ]; then
        echo "$1 is not ready after $ready_seconds seconds" >> "$state/up.log"
        return 1
    fi
    sleep 2
}

started() {
    compose_of "$1" up --detach --remove-orphans > "$state/up.log" 2>&1 < /dev/null || return 1
    deadline=$(($(date +%s) + ready_seconds))
    asked "$1" > "$state/asked"
    while read -r name url path; do
        until curl -fsS -m 5 -o /dev/null "$url$path" 2>> "$state/up.log"; do in_time "$name" || return 1; done
    done < "$state/asked"
    for service in $(steps_of "$1" wait); do
        until [ "$(compose_of "$1" ps --format '{{.Health}}' "$service" 2>> "$state/up.log" < /dev/null)" = healthy ]; do
            in_time "$service" || return 1
        done
    done
}

proven() {
    release=$1
    git -C "$clone" checkout --quiet --detach --force "$release" || return 1
    set -- verify "$stack"
    while read -r name url _; do
        [ "$name" = router ] || url="$name=$url"
        set -- "$@" --url "$url"
    done < "$state/asked"
    set -- "$@" --key-file "$LOCALAI_SECRETS/$(steps_of "$release" key)"
    (cd "$clone" && $tool "$@" 9>&-) > "$state/verify.log" 2>&1
}

back() {
    good=$(held good)
    if [ -z "$good" ]; then
        bad "$1; there is no good commit to go back to, so it stays as it is"
    fi
    if started "$good" && proven "$good"; then
        keep applying ""
        bad "$1; went back to $good, which serves"
    fi
    refuse "$1; went back to $good, which does not serve either: see $state/verify.log"
}

# What neither the good commit nor the one before it names is deleted.
tidied() {
    for release in "$state"/releases/*; do
        case "${release##*/}" in "$commit" | "$before") continue ;; esac
        rm -rf "$release" "$state/compose.${release##*/}.yaml"
    done
    for folder in "$state"/config/*; do
        grep -qF "/config/${folder##*/}" "$state"/compose.*.yaml || rm -rf "$folder"
    done
}

# The commit whose services run, or were started last.
current() {
    release=$(held applying)
    [ -n "$release" ] || release=$(held good)
    [ -n "$release" ] || refuse "nothing runs here yet: run update.sh first"
}

# One update or job at a time: each empties the folders of all jobs.
alone() {
    exec 9> "$state/lock"
    flock --wait 3600 9 || refuse "another update or job has held $state/lock for an hour; see update.sh --compose ps"
}

ran() {
    [ ! -d "$state" ] || alone
    current
    services=$(steps_of "$release" task | awk -v job="$1" '$1 == job { for (i = 2; i <= NF; i++) print $i }')
    [ -n "$services" ] || refuse "unknown job '$1'; jobs of this stack: $(steps_of "$release" task | cut -d' ' -f1 | xargs); \
if none is listed, an older tool exported it: run update.sh --again"
    failed=""
    for service in $services; do
        compose_of "$release" run --rm --no-deps -T "$service" < /dev/null || { failed=$service; break; }
    done
    # Copies are not encrypted in the folders of a job, so they do not stay there.
    compose_of "$release" run --rm --no-deps -T "$(echo "$services" | head -n 1)" > "$state/prepare.log" 2>&1 < /dev/null || true
    [ -z "$failed" ] || refuse "job $1 failed in $failed; its output is above"
    exit 0
}

told() {
    case ${1:-} in
        logs | ps | top | events | images | config) ;;
        *) [ ! -d "$state" ] || alone ;;
    esac
    current
    doing=""
    compose_of "$release" "$@"
    exit
}

again=no
case ${1:-} in
    --status)
        echo "runs $(held good)"; [ -z "$(held refused)" ] || echo "refused $(held refused)"; exit 0 ;;
    --run) doing="running ${2:-a job}"; ran "${2:-}" ;;
    --compose) shift; doing="telling Compose"; told "$@" ;;
    --again) again=yes ;;
    ?*) refuse "unknown word $1; use --again, --status, --run or --compose" ;;
esac

mkdir -p "$state"
exec 9> "$state/lock"
flock -n 9 || { say "another update runs"; exit 0; }
line=$(wanted) || refuse "cannot reach $repository; what runs stays"
[ -n "$line" ] || refuse "$repository has no ${tag:-branch $branch}; what runs stays"
object=${line%%[!0-9a-f]*} ref=refs/${line#*refs/}
if [ "$again" = no ]; then
    [ "$object" != "$(held object)" ] || [ -n "$(held applying)" ] || exit 0
    refused=$(held refused)
    [ "${refused%% *}" != "$object" ] || refuse "still refused: ${refused#* }"
fi

doing="fetching $object"
fetched
verified
follows
doing="checking $commit"
exported
apart
secrets
fits
doing="preparing $commit"
prepared
before=$(held good)
doing="starting $commit"
keep applying "$commit"
keep ports "$(ports_of "$commit" | tr '\n' ' ')$(held ports)"
started "$commit" || back "$commit did not start: $(tail -n 1 "$state/up.log")"
proven "$commit" || back "$commit does not serve what it declares: see $state/verify.log"
keep good "$commit"
keep object "$object"
keep ports "$(ports_of "$commit" | tr '\n' ' ')"
rm -f "$state/applying" "$state/refused"
tidied
for jobs in "$state/releases/$commit"/localai-*-jobs; do
    installed="/etc/cron.d/${jobs##*/}"
    [ ! -f "$installed" ] || cmp -s "$jobs" "$installed" || say "schedules changed: copy $jobs to $installed"
done
say "serves $commit"
