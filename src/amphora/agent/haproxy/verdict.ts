import { rm, writeFile } from 'node:fs/promises';
import { agentVerdictPath } from '../../keepalived/render-vrrp.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { pathExists } from '../../../lib/missing-file.ts';

/** keepalived takes it for a fault: the node gives its role away at once. */
const FAULT = '-254';

/**
 * Tells VRRP whether this node can hold the VIP: by the mark that the check script looks for, and by the file that
 * keepalived watches when both nodes run our agent.
 */
export async function writeVerdict(paths: AmphoraPaths, loadBalancerId: string, verdict: 'well' | 'unresponsive'): Promise<void> {
  const marker = paths.onHost(paths.unresponsiveMarker(loadBalancerId));
  await (verdict === 'well' ? rm(marker, { force: true }) : writeFile(marker, ''));
  const watched = paths.onHost(agentVerdictPath(paths.base));
  if (await pathExists(watched)) await writeFile(watched, `${verdict === 'well' ? '0' : FAULT}\n`);
}
