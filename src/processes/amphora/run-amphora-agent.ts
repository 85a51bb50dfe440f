import { readFile } from 'node:fs/promises';
import { parseAgentConfig } from '../../amphora/agent/agent-config.ts';
import { createAgent } from '../../amphora/agent/create-agent.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { connectServiceManager } from '../services/service-manager.ts';
import { levelOf, openMachineLog } from './agent-log.ts';

/** Where every tool of the original looks for haproxy's processes, too. */
export const AMPHORA_NETNS = 'amphora-haproxy';

/**
 * `octavia amphora-agent`: the agent of the amphora that this machine is. It runs until SIGTERM or SIGINT; haproxy and
 * keepalived are units of their own and go on without it.
 */
export async function runAmphoraAgent({ configFile }: { readonly configFile: string }): Promise<void> {
  const config = parseAgentConfig(await readFile(configFile, 'utf8').catch((error: unknown) => {
    throw new OctaviaError('no-agent-config', `The agent has no configuration: ${reasonOf(error)}`, { cause: error });
  }));
  const ended = signalled();
  const log = openMachineLog({ facility: config.administrativeLogFacility, isDebug: config.isDebug });
  const manager = connectServiceManager({ env: process.env, pid: process.pid, log });
  const agent = await createAgent({ amphoraId: config.amphoraId, root: '/', netns: AMPHORA_NETNS, configFile, log, onConfig: ({ isDebug }) => log.setLevel(levelOf(isDebug)) });
  try {
    await manager.ready();
    log.info({ amphora: config.amphoraId, ...agent.address }, 'Ready');
    process.stdout.write('ready amphora-agent\n');
    const signal = await ended;
    await manager.stopping();
    log.info({ signal }, 'Ended');
  } finally {
    await agent.close();
    manager.close();
  }
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}
