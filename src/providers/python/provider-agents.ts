import type { Logger } from '../../telemetry/logger.ts';
import { type PythonProgram, startPythonProgram } from './python-program.ts';
import { createRestartDelay } from './restart-delay.ts';

export interface ProviderAgentsOptions {
  /** Entry points of `octavia.driver_agent.provider_agents` ([driver_agent] enabled_provider_agents). */
  readonly names: readonly string[];
  readonly interpreter: string;
  readonly configArguments: readonly string[];
  /** How long agents get to end ([driver_agent] provider_agent_shutdown_timeout). */
  readonly shutdownTimeoutMs: number;
  readonly log: Logger;
}

export interface ProviderAgents {
  /** Asks all to end; those that are still there when their time is up are killed. */
  close(): Promise<void>;
}

/** Runs the agents of Python providers, each in a program of its own. One that fails is started again, one that ends by itself is not. */
export function startProviderAgents(options: ProviderAgentsOptions): ProviderAgents {
  const agents = options.names.map((name) => keepRunning(name, options));
  return { close: async () => void (await Promise.all(agents.map((agent) => agent.close()))) };
}

function keepRunning(name: string, options: ProviderAgentsOptions): ProviderAgents {
  const { log } = options;
  const delay = createRestartDelay();
  let isClosed = false;
  let restart: NodeJS.Timeout | undefined;
  let program = start();

  function start(): PythonProgram {
    const startedAt = performance.now();
    let failure: string | null = null;
    return startPythonProgram({
      ...options, mode: 'agent', name,
      onMessage: (message) => {
        if (message.kind === 'ready') log.info({ agent: name }, 'Provider agent started');
        if (message.kind === 'failed') failure = message.reason;
      },
      onEnd: (reason, exitCode) => {
        if (isClosed || exitCode === 0) {
          log.info({ agent: name }, 'Provider agent ended');
          return;
        }
        const waitMs = delay.next(performance.now() - startedAt);
        log.error({ agent: name, reason: failure ?? reason, waitMs }, 'A provider agent failed and will be started again');
        restart = setTimeout(() => (program = start()), waitMs);
      },
    });
  }

  return {
    async close() {
      isClosed = true;
      clearTimeout(restart);
      await program.end(options.shutdownTimeoutMs);
    },
  };
}
