import type { Agent } from '../amphora/agent/agent.ts';
import { createAgent } from '../amphora/agent/create-agent.ts';
import type { AgentHost } from '../drivers/compute/namespace/port-wiring.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Runs the agents of namespace amphorae in this process; starting one that runs is success. */
export function createAgentHost(log: Logger): AgentHost & { close(): Promise<void> } {
  const agents = new Map<string, Promise<Agent>>();

  const stop = async (amphoraId: string): Promise<void> => {
    const running = agents.get(amphoraId);
    agents.delete(amphoraId);
    await (await running?.catch(() => null))?.close();
  };

  return {
    async start({ amphoraId, root, netns, host, port, shell }) {
      const running = agents.get(amphoraId);
      if (running !== undefined) {
        await running;
        return;
      }
      const started = createAgent({
        amphoraId,
        root,
        netns,
        listen: { host, port },
        ...(shell && { shell }),
        log: log.child({ amphora: amphoraId }),
      });
      agents.set(amphoraId, started);
      try {
        await started;
      } catch (error) {
        agents.delete(amphoraId);
        throw error;
      }
    },
    stop,
    async close() {
      await Promise.all([...agents.keys()].map(stop));
    },
  };
}
