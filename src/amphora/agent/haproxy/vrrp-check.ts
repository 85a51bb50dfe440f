/**
 * vrrp/haproxy-vrrp-check SOCKET...: fails when a haproxy of this node is gone or hangs. It takes socket paths like the
 * original's program of that name, but does not ask them while the agent is there: that looks more often and closer, and
 * leaves a mark. With the agent away it asks by itself, where there is socat. `agentPid` names the file that tells of the
 * agent; null where one agent serves many amphorae, for which asking costs the host too much.
 */
export function haproxyVrrpCheck(agentPid: string | null): string {
  return `#!/bin/sh
${agentPid === null ? 'asks=no' : `asks=yes
read -r pid name 2>/dev/null <${agentPid} && read -r found 2>/dev/null <"/proc/$pid/comm" && [ "$name" = "$found" ] && asks=no
[ $asks = no ] || command -v socat >/dev/null || asks=no`}
for socket in "$@"; do
  id=\${socket##*/}
  directory=\${socket%.sock}
  read -r pid 2>/dev/null <"$directory/\${id%.sock}.pid" || exit 1
  read -r name 2>/dev/null <"/proc/$pid/comm" || exit 1
  [ "$name" = haproxy ] || exit 1
  if [ $asks = yes ]; then
    [ -n "$(echo 'show info' | timeout 5 socat -t 5 - "UNIX-CONNECT:$socket" 2>/dev/null)" ] || exit 1
  else
    [ ! -e "$directory/unresponsive" ] || exit 1
  fi
done
exit 0
`;
}
