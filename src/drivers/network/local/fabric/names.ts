/** Bridge of a network on the host. */
export function bridgeName(networkId: string): string {
  return `br${networkId.slice(0, 11)}`;
}

/** Host end of a port's veth. */
export function tapName(portId: string): string {
  return `tap${portId.slice(0, 11)}`;
}

/** Inner end of a port's veth, until its owner renames it. */
export function peerName(portId: string): string {
  return `prt${portId.slice(0, 11)}`;
}

/** Interface group of a port's inner end: unlike the name it survives a rename, so firewall rules match on it. Never 0. */
export function interfaceGroup(portId: string): number {
  return (Number.parseInt(portId.slice(0, 8), 16) & 0x7fffffff) || 1;
}

/** MAC of a network's bridge. Set explicitly: a bridge without one changes its MAC with every port, and neighbours lose the gateway. */
export function bridgeMac(networkId: string): string {
  return ['fe', '16', '3e', networkId.slice(0, 2), networkId.slice(2, 4), networkId.slice(4, 6)].join(':');
}

export function isOurBridge(link: string): boolean {
  return /^br[0-9a-f]{8}-[0-9a-f]{2}$/.test(link);
}
