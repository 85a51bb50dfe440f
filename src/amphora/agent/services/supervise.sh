#!/bin/sh
# Keeps one daemon running: supervise.sh STATE "STALE FILES" COMMAND...
# STATE.supervisor and STATE.pid hold "pid starttime", STATE.exits counts ends, STATE.stop asks not to start again,
# STATE.log has the output. STATE.pid of a living process that a dead supervisor left behind is waited for first.
state=$1
stale=$2
shift 2

started() {
  read -r line 2>/dev/null <"/proc/$1/stat" || return 1
  set -- ${line##*) }
  started=${20}
}

seconds() {
  read -r now _ </proc/uptime
  now=${now%%.*}
}

trap 'touch "$state.stop"; [ -n "$child" ] && kill -TERM "$child"' TERM
child=
started $$ && echo "$$ $started" >"$state.supervisor"
exec >/dev/null 2>&1

if read -r child born 2>/dev/null <"$state.pid"; then
  while started "$child" && [ "$started" = "$born" ]; do sleep 0.2; done
fi

exits=0
quick=0
while [ ! -e "$state.stop" ]; do
  for file in $stale; do
    [ -e "$file" ] && rm -f "$file"
  done
  seconds
  begun=$now
  : >"$state.log"
  "$@" </dev/null >>"$state.log" 2>&1 &
  child=$!
  started=
  started "$child"
  echo "$child $started" >"$state.pid"
  while wait "$child"; kill -0 "$child" 2>/dev/null; do :; done
  exits=$((exits + 1))
  echo "$exits" >"$state.exits"
  [ -e "$state.stop" ] && break
  cp "$state.log" "$state.log.last" 2>/dev/null
  seconds
  if [ $((now - begun)) -lt 2 ]; then quick=$((quick + 1)); else quick=0; fi
  # The first restart is immediate; a daemon that cannot run must not burn the machine.
  if [ "$quick" -gt 20 ]; then sleep 5; elif [ "$quick" -gt 5 ]; then sleep 1; elif [ "$quick" -gt 1 ]; then sleep 0.2; fi
done
rm -f "$state.pid" "$state.supervisor"
