#!/bin/sh
# Runs a command in a private world: own network, mounts and processes, nothing leads outside.
# Usage: tests/sandbox/enter.sh COMMAND [ARGUMENT...]. Everything made inside vanishes with the command.
set -eu
if [ "$#" -eq 0 ]; then
  echo "usage: $0 COMMAND [ARGUMENT...]" >&2
  exit 64
fi
if [ "${OCTAVIA_SANDBOX:-}" != inside ]; then
  OCTAVIA_SANDBOX=inside exec unshare --net --mount --pid --fork --mount-proc --kill-child "$0" "$@"
fi

mount -t tmpfs -o mode=755 octavia-run /run
mkdir -p /run/netns /run/cgroup
# A fresh sysfs shows this network's interfaces; the control groups below the old one are kept.
if [ -d /sys/fs/cgroup ]; then
  mount --rbind /sys/fs/cgroup /run/cgroup
  mount -t sysfs sysfs /sys
  mount --rbind /run/cgroup /sys/fs/cgroup
else
  mount -t sysfs sysfs /sys
fi
ip link set lo up
# Nested use must make its own world again.
unset OCTAVIA_SANDBOX

# This shell stays as process 1: it reaps orphans (a Node process would leave them as zombies) and passes signals on.
exec 3<&0
"$@" <&3 3<&- &
child=$!
exec 3<&-
trap 'kill -TERM "$child" 2>/dev/null' TERM
trap 'kill -INT "$child" 2>/dev/null' INT
status=0
wait "$child" || status=$?
# A trapped signal ends `wait` early.
while kill -0 "$child" 2>/dev/null; do
  status=0
  wait "$child" || status=$?
done
exit "$status"
