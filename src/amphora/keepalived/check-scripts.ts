import { KeepalivedWriter } from './keepalived-writer.ts';

/**
 * vrrp/check_script.sh: fails when any script in vrrp/check_scripts fails. keepalived runs it and gives up the VIP
 * when it fails (contracts section 14).
 */
export function checkScript(checkScriptsDirectory: string): string {
  return [
    '#!/bin/sh',
    // Unlike keepalived, from which it has its priority, a check may wait for the processor.
    'chrt --other --pid 0 $$ >/dev/null 2>&1',
    'failed=0',
    `for script in ${KeepalivedWriter.path(checkScriptsDirectory)}/*; do`,
    '  [ -f "$script" ] || continue',
    '  sh "$script" || failed=1',
    'done',
    'exit $failed',
    '',
  ].join('\n');
}

/**
 * vrrp/check_scripts/haproxy_check_script.sh: asks every haproxy of this amphora through its statistics socket.
 * Without any haproxy and without any L4 listener the node must not hold the VIP: `exit 1`.
 */
export function haproxyCheckScript(socketPaths: readonly string[], checkCommand = 'haproxy-vrrp-check'): string {
  if (socketPaths.length === 0) return 'exit 1\n';
  return `${checkCommand} ${socketPaths.map((path) => KeepalivedWriter.path(path)).join(' ')}; exit $?\n`;
}

/** vrrp/check_scripts/lvs_udp_check.sh: every L4 listener's process must run; judged by its pid file. */
export function lvsCheckScript(lvsDirectory: string): string {
  return [
    '#!/bin/sh',
    'failed=0',
    // `*.vrrp.pid` and `*.check.pid` are children of the process named in the plain pid file.
    `for file in ${KeepalivedWriter.path(lvsDirectory)}/octavia-keepalivedlvs-*.pid; do`,
    '  case "$file" in *.vrrp.pid|*.check.pid) continue ;; esac',
    '  [ -f "$file" ] || continue',
    '  kill -0 "$(cat "$file")" 2>/dev/null || failed=1',
    'done',
    'exit $failed',
    '',
  ].join('\n');
}
