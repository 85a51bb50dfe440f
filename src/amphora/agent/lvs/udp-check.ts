/**
 * lvs/check/udp_check.sh ADDRESS PORT, by which keepalived probes a UDP member, with the verdicts of the original's
 * `nc -uzv -w1`: a closed port answers with ICMP, with which a later write fails; an answer and silence are both well.
 * bash opens the socket by itself, so no machine lacks a program for it.
 */
export const UDP_CHECK = `#!/bin/bash
exec 2>/dev/null
exec 3<>"/dev/udp/$1/$2" || exit 1
printf X >&3 && printf X >&3 && sleep 1 && printf X >&3
`;
