#!/bin/sh
# Prepares the machine, then runs the test suites: all, or those named (npm test -- unit lint).
# The last line is `N passed, N failed`, with `, N skipped` where something was.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH
cd "$(dirname -- "$0")/.."

# Only these suites need Debian packages and root.
needs='unit'
[ $# -gt 0 ] || needs='test'
for suite; do
    case $suite in
        bpf | abi | kernel | rigs) needs='test' ;;
    esac
done

if ! sh scripts/bootstrap.sh "$needs"; then
    echo '0 passed, 1 failed'
    exit 1
fi
exec node scripts/test.mjs "$@"
