#!/bin/sh
# Compiles every bpf/NAME.bpf.c into bpf/objects/NAME.bpf.o.
#
#   sh scripts/build-bpf.sh --sources bench/bpf ...   another folder of programs: bench/bpf/NAME.bpf.c into bench/bpf/objects
#   sh scripts/build-bpf.sh                 rebuild the committed objects
#   sh scripts/build-bpf.sh --out DIR       compile into DIR, leave the committed objects alone
#   sh scripts/build-bpf.sh --check         exit 1 when the committed objects are not what the sources give
#   sh scripts/build-bpf.sh --root DIR ...  another checkout than the one this script is in
#
# The bytes depend on the sources and on the compiler's version only: not on the folder of the checkout,
# the locale or the time. DWARF is removed, BTF (types and source lines) stays for the loader and the verifier's log.
set -eu

LC_ALL=C
export LC_ALL

fail() {
    printf 'build-bpf: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

usage() {
    fail 'usage: build-bpf.sh [--root DIR] [--sources DIR] [--out DIR | --check]'
}

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
sources=bpf
out=
check=no
while [ $# -gt 0 ]; do
    case $1 in
        --root) [ $# -ge 2 ] || usage; root=$(CDPATH='' cd -- "$2" && pwd -P); shift 2 ;;
        --sources) [ $# -ge 2 ] || usage; sources=$2; shift 2 ;;
        --out) [ $# -ge 2 ] || usage; out=$2; shift 2 ;;
        --check) check=yes; shift ;;
        *) usage ;;
    esac
done
committed=$root/$sources/objects
[ -n "$out" ] || out=$committed
case $out in /*) ;; *) out=$PWD/$out ;; esac

CLANG=${CLANG:-clang-14}
STRIP=${LLVM_STRIP:-llvm-strip-14}
for tool in "$CLANG" "$STRIP"; do
    command -v "$tool" >/dev/null 2>&1 ||
        fail "$tool is not installed" 'Fix: apt-get install clang-14 llvm-14 libbpf-dev linux-libc-dev'
done
[ -r /usr/include/bpf/bpf_helpers.h ] ||
    fail 'libbpf headers are not installed (no /usr/include/bpf/bpf_helpers.h)' 'Fix: apt-get install libbpf-dev'

# <linux/types.h> includes <asm/types.h>, which Debian keeps in the folder of the machine's architecture,
# and which "-target bpf" therefore does not search.
machine_headers=/usr/include/$("$CLANG" -print-multiarch 2>/dev/null || true)
[ -r "$machine_headers/asm/types.h" ] || machine_headers=/usr/include/$(uname -m)-linux-gnu
[ -r "$machine_headers/asm/types.h" ] ||
    fail "kernel headers are not installed (no $machine_headers/asm/types.h)" 'Fix: apt-get install linux-libc-dev'

cd "$root"
set -- "$sources"/*.bpf.c
[ -e "$1" ] || fail "there is no $sources/*.bpf.c under $root"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

compile() {
    name=$(basename "$1" .c)
    "$CLANG" -O2 -g -std=gnu11 -target bpf -mcpu=v3 \
        -Wall -Wextra -Werror \
        -nostdlibinc -isystem /usr/include -isystem "$machine_headers" \
        -I bpf \
        -fdebug-compilation-dir=. "-ffile-prefix-map=$root=." \
        -c "$1" -o "$work/$name.o" ||
        fail "$1 does not compile" 'The messages of the compiler are above.'
    "$STRIP" -g "$work/$name.o"
}

# Side by side: each takes seconds, and one processor.
compilers=
for source in "$@"; do
    compile "$source" &
    compilers="$compilers $!"
done
compiled=yes
for compiler in $compilers; do
    wait "$compiler" || compiled=no
done
[ "$compiled" = yes ] || exit 1

if [ "$check" = yes ]; then
    stale=
    for object in "$work"/*.o; do
        cmp -s "$object" "$committed/$(basename "$object")" || stale="$stale $(basename "$object")"
    done
    for object in "$committed"/*.o; do
        [ ! -e "$object" ] || [ -e "$work/$(basename "$object")" ] || stale="$stale $(basename "$object")"
    done
    [ -z "$stale" ] ||
        fail "$sources/objects is not what the sources give:$stale" "Fix: npm run bpf, and commit $sources/objects" \
            "Compiler: $("$CLANG" --version | head -n 1)"
    echo "build-bpf: $sources/objects is what the sources give ($# objects)"
    exit 0
fi

mkdir -p "$out"
for object in "$out"/*.bpf.o; do
    [ ! -e "$object" ] || [ -e "$work/$(basename "$object")" ] || { rm -f "$object"; echo "build-bpf: removed $(basename "$object"), it has no source"; }
done
for object in "$work"/*.o; do
    name=$(basename "$object")
    if cmp -s "$object" "$out/$name"; then
        echo "build-bpf: $name unchanged"
    else
        cp "$object" "$out/.$name.new" && mv "$out/.$name.new" "$out/$name"
        echo "build-bpf: $name built, $(wc -c <"$out/$name") bytes"
    fi
done
