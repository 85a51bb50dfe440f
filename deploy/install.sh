#!/bin/sh
# Installs the separate processes: commands under the names of the original, systemd units, directories and a sample
# configuration. DESTDIR puts everything below another root, for packages; nothing there is started or enabled.
set -eu

root=$(dirname "$(dirname "$(readlink -f "$0")")")
destdir=${DESTDIR:-}
bin=$destdir${PREFIX:-/usr}/bin
units=$destdir/usr/lib/systemd/system
etc=$destdir/etc/octavia

# ProtectHome of the units hides these directories from the services. Who makes a package knows where it will lie.
case "${destdir:+package}$root/" in
  /root/* | /home/*) echo "Services cannot run from $root: put this clone elsewhere, for example into /opt/octavia, and run its deploy/install.sh." >&2; exit 1 ;;
esac

mkdir -p "$bin" "$units" "$etc" "$destdir/var/lib/octavia" "$destdir/var/log/octavia"
for name in octavia octavia-api octavia-worker octavia-health-manager octavia-housekeeping octavia-driver-agent octavia-light-host octavia-db-manage octavia-status; do
  ln -sfn "$root/octavia" "$bin/$name"
done
for unit in "$root"/deploy/systemd/*.service; do
  sed "s|@root@|$root|g" "$unit" >"$units/$(basename "$unit")"
done
# Services run as a user who cannot write here.
"$root/octavia" bundle
# A configuration that is there belongs to the operator.
"$root/octavia" sample-config >"$etc/octavia.conf.sample"
[ -e "$etc/octavia.conf" ] || cp "$root/deploy/octavia.conf" "$etc/octavia.conf"
[ -n "$destdir" ] && exit 0

getent group octavia >/dev/null || groupadd --system octavia
getent passwd octavia >/dev/null || useradd --system --gid octavia --home-dir /var/lib/octavia --shell /usr/sbin/nologin octavia
chown octavia:octavia /var/lib/octavia /var/log/octavia
chown root:octavia "$etc" "$etc/octavia.conf"
chmod 0750 "$etc"
chmod 0640 "$etc/octavia.conf"
# What `octavia bootstrap` made before there was this group. The key of the client authority stays root's alone.
for name in . server_ca.cert.pem server_ca.key.pem server_ca.trusted.pem client_ca.cert.pem client.cert-and-key.pem; do
  file=$etc/certs/$name
  [ -n "$(find "$file" -prune -gid 0 2>/dev/null)" ] || continue
  chgrp octavia "$file"
  if [ -d "$file" ]; then chmod 0750 "$file"; else chmod 0640 "$file"; fi
done
[ -d /run/systemd/system ] && systemctl daemon-reload
echo "Edit $etc/octavia.conf, then: octavia-db-manage upgrade head; octavia-status upgrade check;"
echo "systemctl enable --now octavia-api octavia-worker octavia-health-manager octavia-housekeeping"
