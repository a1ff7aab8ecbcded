#!/bin/sh
# Makes a bare Debian 12 machine ready: Debian packages, npm packages, build. What is there already is left alone.
#
#   sh scripts/bootstrap.sh          what `npm start` needs
#   sh scripts/bootstrap.sh test     and what `npm test` needs
#   sh scripts/bootstrap.sh bench    and what `npm run bench` needs
#   sh scripts/bootstrap.sh unit     no Debian packages: format, lint, types and unit tests; needs no root
#
# Prints a line for each step that has something to do. A step that fails says which it was and what to do; exit code 1.
set -eu

# A program, library or file, and the Debian package that brings it.
NEEDED_TO_RUN='
program ip          iproute2
program tc          iproute2
program nsenter     util-linux
program mount       mount
program sysctl      procps
program ping        iputils-ping
program nft         nftables
program tcpdump     tcpdump
program ethtool     ethtool
program nginx       nginx-light
program curl        curl
library libbpf.so.1 libbpf1
'
NEEDED_TO_TEST='
program wrk           wrk
program iperf3        iperf3
program socat         socat
program clang-14      clang-14
program llvm-strip-14 llvm-14
file /usr/include/bpf/bpf_helpers.h libbpf-dev
file /usr/include/linux/bpf.h       linux-libc-dev
file /etc/services                  netbase
'
NEEDED_TO_BENCH='
program haproxy haproxy
file /usr/lib/nginx/modules/ngx_stream_module.so libnginx-mod-stream
'
OLDEST_NODE_MAJOR=20
OLDEST_NODE_MINOR=19

PACKAGES_LOCK=/run/weir-packages.lock
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# Written by the Weir bootstrap while it installs packages; safe to remove.'

say() { printf 'weir: %s\n' "$*"; }

fail() {
    printf 'weir: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '      %s\n' "$line" >&2; done
    exit 1
}

# Runs a command with its output in a log file; a line now and then shows that it is alive.
# Arguments: name of the step, what to do when it fails, the command.
step() {
    step_name=$1
    step_fix=$2
    shift 2
    step_log=$scratch/step.log
    say "$step_name ..."
    step_began=$(date +%s)
    (
        while sleep 10 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
            say "  still at it ($(($(date +%s) - step_began)) s) $(tail -n 1 "$step_log" 2>/dev/null | cut -c1-90)"
        done
    ) 9>&- 8>&- &
    step_ticker=$!
    step_status=0
    "$@" </dev/null >"$step_log" 2>&1 9>&- 8>&- || step_status=$?
    kill "$step_ticker" 2>/dev/null || true
    step_ticker=
    if [ "$step_status" -ne 0 ]; then
        outline "$step_log" >&2
        fail "this step failed: $step_name (exit code $step_status, what it printed is above)" "Command: $*" "Fix: $step_fix"
    fi
    say "  done in $(($(date +%s) - step_began)) s"
}

# The beginning and the end of a file: tools differ in where they put the reason.
outline() {
    sed -n -e '1,15s/^/  | /p' -e '16s/.*/  | .../p' "$1"
    sed '1,15d' "$1" | tail -n 15 | sed 's/^/  | /'
}

finish() {
    [ -z "${step_ticker:-}" ] || kill "$step_ticker" 2>/dev/null || true
    remove_policy
    rm -rf "$scratch"
}

check_machine() {
    [ "$(uname -s)" = Linux ] ||
        fail "Weir forwards in the Linux kernel, and this machine runs $(uname -s)" \
            'Fix: run it on Linux, for example in a virtual machine with Debian 12'
    [ "$wanted" = unit ] || [ "$(id -u)" -eq 0 ] ||
        fail 'Weir needs root: it builds network namespaces and loads programs into the kernel' \
            "Fix: run the same command as root, for example: sudo $invoked_as"
}

check_node() {
    command -v node >/dev/null 2>&1 ||
        fail "Node.js is not installed; Weir needs $OLDEST_NODE_MAJOR.$OLDEST_NODE_MINOR or newer" "$node_fix"
    command -v npm >/dev/null 2>&1 || fail 'npm is not installed; it comes with Node.js' "$node_fix"
    node_version=$(node -p process.versions.node)
    node_major=${node_version%%.*}
    node_minor=${node_version#*.}
    node_minor=${node_minor%%.*}
    [ "$node_major" -gt "$OLDEST_NODE_MAJOR" ] ||
        { [ "$node_major" -eq "$OLDEST_NODE_MAJOR" ] && [ "$node_minor" -ge "$OLDEST_NODE_MINOR" ]; } ||
        fail "Node.js $node_version is too old; Weir needs $OLDEST_NODE_MAJOR.$OLDEST_NODE_MINOR or newer" "$node_fix"
}
node_fix='Fix: install a current one from https://nodejs.org/en/download (the nodejs package of Debian 12 itself is version 18)'

is_present() {
    case $1 in
        program) command -v "$2" >/dev/null 2>&1 ;;
        library) ldconfig -p | grep -q "^[[:space:]]*$2 " ;;
        file) [ -e "$2" ] ;;
    esac
}

# Prints the packages that bring what is missing from the table on standard input.
missing_packages() {
    while read -r kind name package; do
        [ -z "$kind" ] || is_present "$kind" "$name" || echo "$package"
    done | sort -u
}

needed() {
    case $wanted in
        run) echo "$NEEDED_TO_RUN" ;;
        test) echo "$NEEDED_TO_RUN$NEEDED_TO_TEST" ;;
        bench) echo "$NEEDED_TO_RUN$NEEDED_TO_TEST$NEEDED_TO_BENCH" ;;
        unit) ;;
    esac
}

install_packages() {
    remove_policy_of_a_killed_run
    missing=$(needed | missing_packages)
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086 # a list of names
    set -- $missing
    command -v apt-get >/dev/null 2>&1 ||
        fail "this machine has no apt-get, and something is missing that Debian's packages bring: $*" \
            'Fix: install the same with the package manager of this machine, then run the command again'

    exec 8>"$PACKAGES_LOCK"
    flock -n 8 || { say 'waiting for another Weir that installs packages'; flock 8; }
    deny_service_start
    refresh_package_lists
    step "install $*" \
        "look at the lines above; then: apt-get install --no-install-recommends $*" \
        env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none \
        apt-get install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
    remove_policy
    exec 8>&-
    keep_services_off "$@"
    still_missing=$(needed | missing_packages | tr '\n' ' ')
    [ -z "$still_missing" ] ||
        fail "after installing, something is still missing that these packages should bring: $still_missing" \
            'Fix: remove and install them again with apt-get, and look at what it prints'
}

# A repository of somebody else's that is out of order must not stop Weir: what matters is whether the packages can be had.
refresh_package_lists() {
    say 'refresh the package lists (apt-get update) ...'
    if ! apt-get update -q -o DPkg::Lock::Timeout=300 </dev/null >"$scratch/update.log" 2>&1 9>&- 8>&-; then
        grep '^[EW]:' "$scratch/update.log" | sed 's/^/  | /' >&2 || true
        say '  not all of them could be had; trying to install all the same'
    fi
}

# Debian starts the service of a package when it is installed, unless this file forbids it (Debian Policy 9.3.3.1 leaves
# the decision to it). An administrator's own file is respected.
deny_service_start() {
    if [ -e "$POLICY" ] && ! grep -qxF "$POLICY_MARK" "$POLICY"; then return 0; fi
    policy_is_ours=yes
    printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
    chmod +x "$POLICY"
}

remove_policy() {
    [ -z "${policy_is_ours:-}" ] || rm -f "$POLICY"
    policy_is_ours=
}

# Weir runs its own nginx and HAProxy inside namespaces; those of the system must not listen on port 80 from the next boot on.
keep_services_off() {
    command -v systemctl >/dev/null 2>&1 || return 0
    for package in "$@"; do
        case $package in
            nginx-light) service=nginx ;;
            haproxy) service=haproxy ;;
            *) continue ;;
        esac
        systemctl disable --quiet "$service" 2>/dev/null || true
        say "  the system's own $service service stays off (systemctl enable --now $service starts it)"
    done
}

remove_policy_of_a_killed_run() {
    if grep -qsxF "$POLICY_MARK" "$POLICY"; then flock -n "$PACKAGES_LOCK" rm -f "$POLICY" || true; fi
}

install_modules() {
    if difference=$(node scripts/modules-installed.mjs .); then return 0; fi
    say "npm packages: $difference"
    step 'install npm packages' \
        'check that the registry can be reached (npm ping), then run: npm ci' \
        npm ci --include=dev --include=optional --no-audit --no-fund --no-progress --loglevel=http
}

# What the build is made of, as one line: it changes when a source is edited, added or removed.
sources_state() {
    find src package.json package-lock.json tsconfig.json tsconfig.build.json scripts/bundle.mjs -type f ! -name '*.test.ts' -printf '%p %s %T@\n' |
        LC_ALL=C sort | sha256sum
}

build() {
    state=$(sources_state)
    [ "$state" != "$(cat dist/.sources 2>/dev/null)" ] || return 0
    rm -f dist/.sources dist/.tsbuildinfo
    step 'build' 'mend what the compiler says above' node node_modules/typescript/bin/tsc -p tsconfig.build.json
    find dist -path dist/weir -prune -o -name '*.js' -print | while read -r output; do
        source=src/${output#dist/}
        [ -e "${source%.js}.ts" ] || rm -f "$output"
    done
    step 'bundle' 'mend what the bundler says above' node scripts/bundle.mjs
    echo "$state" >dist/.sources
}

wanted=${1:-run}
case $wanted in
    run) invoked_as='npm start' ;;
    test) invoked_as='npm test' ;;
    bench) invoked_as='npm run bench' ;;
    unit) invoked_as='npm test -- unit' ;;
    *) fail "unknown: $wanted" 'Usage: sh scripts/bootstrap.sh [run | test | bench | unit]' ;;
esac
cd "$(dirname -- "$0")/.."
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

check_machine
check_node

{ mkdir -p .cache && : >>.cache/bootstrap.lock; } 2>/dev/null ||
    fail "no permission to write in $PWD" "Fix: run as the owner of this folder, or as root: sudo $invoked_as"
exec 9>>.cache/bootstrap.lock
flock -n 9 || { say 'waiting for another command that prepares this checkout'; flock 9; }
scratch=$(mktemp -d)
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

[ "$wanted" = unit ] || install_packages
install_modules
build
