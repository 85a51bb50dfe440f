#!/bin/sh
# Exchanges processes of the Python Octavia on this host for ours, or back, by drop-ins of their systemd units: nothing of
# the original is changed or removed. Usage:
#   deploy/exchange.sh ours     [api|worker|health-manager|housekeeping|driver-agent ...]   all without a name
#   deploy/exchange.sh original [...]
#   deploy/exchange.sh status
# A process of ours that does not come up is exchanged back at once. DESTDIR puts the drop-ins below another root.
set -eu

root=$(dirname "$(dirname "$(readlink -f "$0")")")
units=${DESTDIR:-}/etc/systemd/system
config=${OCTAVIA_CONFIG:-/etc/octavia/octavia.conf}
# Health managers first: the original's do failovers by themselves, which our worker would take over. The API last.
all='health-manager housekeeping worker driver-agent api'

say() { printf 'exchange: %s\n' "$*"; }
fail() { printf 'exchange: %s\n' "$*" >&2; exit 1; }
dropin() { printf '%s/octavia-%s.service.d/octavia-in-typescript.conf' "$units" "$1"; }
is_ours() { [ -e "$(dropin "$1")" ]; }
exists() { systemctl cat "octavia-$1.service" >/dev/null 2>&1; }

check() {
  status=0
  # 1 is a warning: it works, and is printed.
  "$root/octavia" status upgrade check --config-file "$config" || status=$?
  [ "$status" -le 1 ] || fail "configuration or database do not fit, see above; nothing was exchanged"
}

write_dropin() {
  mkdir -p "$(dirname "$(dropin "$1")")"
  cat >"$(dropin "$1")" <<UNIT
[Unit]
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=all
ExecStart=
ExecStart=$root/octavia $1 --config-file $config
ExecReload=/bin/kill -HUP \$MAINPID
WatchdogSec=30
Restart=always
RestartSec=1
TimeoutStartSec=120
Environment=NODE_COMPILE_CACHE=/var/lib/octavia/compile-cache
TimeoutStopSec=90
KillMode=mixed
UNIT
}

to_original() {
  if ! is_ours "$1"; then say "octavia-$1: the original already"; return 0; fi
  rm -f "$(dropin "$1")"
  rmdir "$(dirname "$(dropin "$1")")" 2>/dev/null || true
  systemctl daemon-reload
  systemctl restart "octavia-$1.service" || fail "octavia-$1 of the original does not start: journalctl -u octavia-$1"
  say "octavia-$1: the original"
}

to_ours() {
  if is_ours "$1"; then say "octavia-$1: ours already"; return 0; fi
  write_dropin "$1"
  systemctl daemon-reload
  # With Type=notify this waits until it is ready.
  if systemctl restart "octavia-$1.service" && systemctl is-active --quiet "octavia-$1.service"; then
    say "octavia-$1: ours"
  else
    to_original "$1"
    fail "octavia-$1 did not come up and was exchanged back: journalctl -u octavia-$1"
  fi
}

[ "$#" -gt 0 ] || fail "usage: $0 ours|original|status [api|worker|health-manager|housekeeping|driver-agent ...]"
action=$1
shift
for name in "$@"; do case " $all " in *" $name "*) ;; *) fail "there is no process $name; there are: $all" ;; esac; done
chosen=${*:-$all}
case "$action" in ours | original | status) ;; *) fail "unknown: $action; write ours, original or status" ;; esac
here=
for name in $all; do
  if exists "$name" || is_ours "$name"; then
    case " $chosen " in *" $name "*) here="$here $name" ;; esac
  else
    # Commands for all controllers may name what only some of them have.
    case " $* " in *" $name "*) say "octavia-$name: not on this host" ;; esac
  fi
done
[ -n "$here" ] || fail "this host has no unit $(for name in $chosen; do printf 'octavia-%s.service ' "$name"; done)of the original; nothing was exchanged"

case "$action" in
  status)
    for name in $here; do
      is_ours "$name" && whose=ours || whose='the original'
      say "octavia-$name: $whose, $(systemctl is-active "octavia-$name.service" || true)"
    done ;;
  ours)
    check
    # Services run as a user who cannot write there.
    "$root/octavia" bundle
    case " $here " in *' worker '*) say 'no worker of the original may run on any other host meanwhile, see docs/migration.md' ;; esac
    for name in $here; do to_ours "$name"; done ;;
  original)
    # In the opposite order.
    for name in api driver-agent worker housekeeping health-manager; do
      case " $here " in *" $name "*) to_original "$name" ;; esac
    done ;;
esac
