#!/bin/sh
# Prepares the machine, then shows Weir at work in a lab of network namespaces until Ctrl-C.
# Arguments are those of `weir lab show`: a topology (nat, dr ...), --once to stop after the show.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH
here=$(dirname -- "$0")
sh "$here/bootstrap.sh" run
exec node "$here/../bin/weir" lab show "$@"
