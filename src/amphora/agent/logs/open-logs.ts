import { reasonOf } from '../../../lib/errors.ts';
import { silentLogger } from '../../../telemetry/logger.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { AgentConfig } from '../agent-config.ts';
import type { AgentOptions } from '../agent.ts';
import { AmphoraPaths } from '../amphora-paths.ts';
import type { LogRing } from '../haproxy/preamble.ts';
import { readTextOrNull } from '../../../lib/replace-file.ts';
import { World } from '../world.ts';
import { syslogLine, withAmphoraLog } from './agent-log.ts';
import { LogCollector } from './log-collector.ts';
import { parseLogRules } from './log-rules.ts';
import { LogTail } from './log-tail.ts';
import { localPriority, SEVERITY } from './syslog-selector.ts';

/** `Sat Nov 21 10:26:36 2026: ` */
const KEEPALIVED_TIME = /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}: /;

/** Where an agent and its haproxies log. */
export interface AmphoraLogs {
  readonly log: Logger;
  /** Null in a virtual machine: its own syslog takes the lines of all programs. */
  readonly ring: LogRing | null;
  close(): Promise<void>;
}

/** Opens the logs of an amphora. In a namespace there is no syslog: the agent does that work itself. */
export async function openLogs(options: AgentOptions, config: { readonly current: AgentConfig }): Promise<AmphoraLogs> {
  const inner = options.log?.child({ amphora: options.amphoraId }) ?? silentLogger;
  if (new World(options.root, options.netns).isWholeMachine) return { log: inner, ring: null, close: async () => undefined };
  const paths = new AmphoraPaths(options.root, config.current);
  const hostName = `amphora-${config.current.amphoraId || options.amphoraId}`;
  const collector = new LogCollector({
    socketPath: paths.onHost(paths.logSocket), directory: paths.onHost(paths.logDirectory), log: inner,
    rules: parseLogRules((await readTextOrNull(paths.onHost(paths.logRules))) ?? ''), userFacility: config.current.userLogFacility,
  });
  await collector.open();
  const log = withAmphoraLog({
    inner, hostName, facility: () => config.current.administrativeLogFacility, isDebug: () => config.current.isDebug, record: (lines) => collector.record(lines),
  });
  const tail = new LogTail({
    directory: paths.onHost(paths.servicesDir), prefix: 'octavia-keepalived',
    record: (_, lines) => {
      const from = { priority: localPriority(config.current.administrativeLogFacility, SEVERITY.info), hostName, program: 'Keepalived' };
      collector.record(lines.map((line) => syslogLine(from, line.replace(KEEPALIVED_TIME, ''))));
    },
    onFailure: (error) => inner.warn({ reason: reasonOf(error) }, 'The output of keepalived cannot be read'),
  });
  tail.start();
  return {
    log, ring: { name: 'octavia-log', socket: paths.logSocket, hostName },
    close: async () => {
      await tail.close();
      await collector.close();
    },
  };
}
