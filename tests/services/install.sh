#!/bin/sh
# Installs the Debian services that tests/interop, tests/openstack and bench/api work with: the original Octavia, Keystone,
# Neutron, Nova, Placement, Glance, Barbican and what they need. Run it outside of the private world (that one leads nowhere). Without root or apt it says so and changes nothing:
# the suites then skip what they cannot run.
set -eu
packages='octavia-api octavia-worker octavia-health-manager octavia-housekeeping python3-octavia keystone
 mariadb-server rabbitmq-server uwsgi-core uwsgi-plugin-python3 python3-pymysql
 octavia-driver-agent python3-octavia-lib python3-ovn-octavia-provider ovn-central
 python3-openstackclient python3-octaviaclient python3-openstacksdk wrk
 python3-neutron neutron-common neutron-api python3-nova nova-common nova-api nova-conductor nova-scheduler placement-api
 python3-fixtures glance-api glance-common barbican-api barbican-common'

# The original's agent: the package would turn this machine into an amphora, so only its few files are unpacked.
agent=/var/lib/octavia-tests/octavia-agent
if [ ! -e "$agent/usr/bin/octavia-agent-lvs-masquerade" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  scratch=$(mktemp -d)
  chmod 755 "$scratch"
  if (cd "$scratch" && apt-get download octavia-agent >/dev/null 2>&1) && mkdir -p "$agent"; then
    dpkg -x "$scratch"/octavia-agent_*.deb "$agent"
  else
    echo "octavia-agent could not be downloaded, so tests with the original's agent are skipped" >&2
  fi
  rm -rf "$scratch"
fi

missing=
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "not installed, so comparisons with the original are skipped:$missing" >&2
  exit 0
fi

echo "installing$missing" >&2
# No service of a fresh package may start by itself: the tests start their own.
guard=/usr/sbin/policy-rc.d
log=$(mktemp)
made=
clean_up() {
  rm -f "$log"
  [ -z "$made" ] || rm -f "$guard"
}
trap clean_up EXIT
if [ ! -e "$guard" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$guard"
  chmod 755 "$guard"
  made=1
fi
# shellcheck disable=SC2086
if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
  -o Dpkg::Options::=--force-confold $missing; } >"$log" 2>&1; then
  tail -n 15 "$log" >&2
  echo "apt-get failed, so comparisons with the original are skipped:$missing" >&2
fi
