#!/bin/sh
# Makes this machine's amphora agent ours, or with --remove the one before again. What the Python agent has written below
# /etc/octavia and /var/lib/octavia stays as it is: both read the same files, and load balancers go on meanwhile.
# DESTDIR: the root of an image that is being made; nothing there is started.
set -eu
here=$(dirname "$(readlink -f "$0")")
destdir=${DESTDIR:-}
package=/usr/lib/octavia-amphora-agent
units=$destdir/etc/systemd/system
kept=$destdir/var/lib/octavia-amphora-agent/replaced

systemd() {
  if [ -n "$destdir" ]; then
    case "$1" in enable | disable) systemctl --root="$destdir" --quiet "$@" ;; esac
  elif [ -d /run/systemd/system ]; then
    systemctl --quiet "$@"
  else
    # Within an image that is being made (virt-customize, chroot): nothing runs, but units are switched on and off.
    case "$1" in enable | disable) systemctl --root=/ --quiet "$@" ;; esac
  fi
}
has_unit() { [ -e "$units/$1" ] || [ -e "$destdir/usr/lib/systemd/system/$1" ] || [ -e "$destdir/lib/systemd/system/$1" ]; }

install_agent() {
  # From a tarball; a Debian package has put its files there already.
  if [ "$here" != "$package" ] && [ "$here" != "$destdir$package" ]; then
    mkdir -p "$destdir$package"
    # A program that runs cannot be written to: the new one takes its name.
    cp -a --remove-destination "$here/." "$destdir$package/"
  fi
  mkdir -p "$units" "$kept" "$destdir/etc/octavia/certs" "$destdir/var/lib/octavia" "$destdir/usr/local/bin" "$destdir/etc/rsyslog.d"
  unit=$units/amphora-agent.service
  if [ -f "$unit" ] && ! grep -q "$package" "$unit"; then mv "$unit" "$kept/amphora-agent.service"; fi
  cp "$destdir$package/systemd/amphora-agent.service" "$unit"
  # An image of the original has these.
  has_unit amphora-netns.service || cp "$destdir$package/systemd/amphora-netns.service" "$units/"
  [ -e "$destdir/usr/local/bin/lvs-masquerade.sh" ] || cp "$destdir$package/lvs-masquerade.sh" "$destdir/usr/local/bin/"
  grep -rqs /run/rsyslog/octavia/log "$destdir/etc/rsyslog.d" "$destdir/etc/rsyslog.conf" || cp "$destdir$package/55-octavia-socket.conf" "$destdir/etc/rsyslog.d/"
  [ -e "$destdir/usr/bin/amphora-health-checker" ] || [ -e "$destdir/usr/local/bin/amphora-health-checker" ] ||
    cp "$destdir$package/amphora-health-checker" "$destdir/usr/local/bin/"
  systemd daemon-reload
  # Our agent answers for Prometheus itself.
  if has_unit prometheus-proxy.service; then
    systemd disable prometheus-proxy.service && systemd stop prometheus-proxy.service
    : >"$kept/prometheus-proxy"
  fi
  systemd enable amphora-netns.service amphora-agent.service
  # Without its configuration this is no amphora yet.
  if [ -z "$destdir" ] && [ -e /etc/octavia/amphora-agent.conf ]; then systemd restart amphora-agent.service; fi
}

remove_agent() {
  systemd stop amphora-agent.service || true
  systemd disable amphora-agent.service || true
  rm -f "$units/amphora-agent.service"
  if [ -e "$kept/amphora-agent.service" ]; then mv "$kept/amphora-agent.service" "$units/"; fi
  systemd daemon-reload
  if has_unit amphora-agent.service; then systemd enable amphora-agent.service && systemd start amphora-agent.service; fi
  if [ -e "$kept/prometheus-proxy" ]; then
    rm -f "$kept/prometheus-proxy"
    systemd enable prometheus-proxy.service && systemd start prometheus-proxy.service
  fi
}

case "${1:-install}" in
  install) install_agent ;;
  --remove) remove_agent ;;
  *) echo "usage: $0 [--remove]" >&2; exit 64 ;;
esac
