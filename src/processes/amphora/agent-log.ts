import { spawn } from 'node:child_process';
import { localPriority, SEVERITY } from '../../amphora/agent/logs/syslog-selector.ts';
import { createLogger, type LogLevel, type RootLogger } from '../../telemetry/logger.ts';

/**
 * The agent's events as lines of the machine's syslog with the facility of amphora-agent.conf, through the program
 * `logger`: Node has no datagram sockets of the UNIX family. Whatever logger cannot take goes to standard error.
 */
export function openMachineLog(options: { readonly facility: number; readonly isDebug: boolean }): RootLogger {
  const program = spawn('logger', ['--prio-prefix', '--tag', 'amphora-agent'], { stdio: ['pipe', 'ignore', 'inherit'] });
  let isOpen = true;
  const giveUp = (): void => void (isOpen = false);
  program.on('error', giveUp);
  program.on('exit', giveUp);
  program.stdin.on('error', giveUp);
  // It must not keep a process alive that has ended its work.
  program.unref();
  return createLogger({
    level: levelOf(options.isDebug),
    json: true,
    write: (line) => void (isOpen ? program.stdin.write(`<${localPriority(options.facility, severityOf(line))}>${line}`) : process.stderr.write(line)),
  });
}

/** What [DEFAULT] debug of amphora-agent.conf means for the log. */
export function levelOf(isDebug: boolean): LogLevel {
  return isDebug ? 'debug' : 'info';
}

/** Of a line as createLogger writes it. */
function severityOf(line: string): number {
  const level = /"level":"(error|warn|debug)"/.exec(line)?.[1];
  return level === 'error' ? SEVERITY.error : level === 'warn' ? SEVERITY.warning : level === 'debug' ? SEVERITY.debug : SEVERITY.info;
}
