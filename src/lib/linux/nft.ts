import { run } from '../run.ts';

/** Loads one nft script atomically: all of it or nothing. `netns` is a name under /run/netns. Throws CommandFailed. */
export async function nftApply(script: string, netns?: string): Promise<void> {
  const nft = ['nft', '-f', '-'];
  const [command = '', ...args] = netns === undefined ? nft : [...insideNetns(netns), ...nft];
  await run(command, args, { input: script });
}

/** Argument prefix that runs a program in a network namespace. nsenter, because `ip netns exec` also remounts /sys, which costs more. */
export function insideNetns(netns: string): readonly string[] {
  return ['nsenter', `--net=${netnsPath(netns)}`];
}

export function netnsPath(netns: string): string {
  return `/run/netns/${netns}`;
}
