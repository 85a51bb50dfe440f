import type { LogFields, Logger } from '../../../telemetry/logger.ts';
import { localPriority, SEVERITY } from './syslog-selector.ts';

export interface AgentLogOptions {
  readonly inner: Logger;
  readonly hostName: string;
  /** Facility local0 to local7 of the amphora's own logs. */
  readonly facility: () => number;
  readonly isDebug: () => boolean;
  /** Takes syslog lines; they hold printable ASCII only. */
  readonly record: (lines: readonly string[]) => void;
  /** Fields of every line. */
  readonly fields?: LogFields;
}

/** A logger whose events also go to the amphora's own log, as lines of `amphora-agent`. */
export function withAmphoraLog(options: AgentLogOptions): Logger {
  const { inner, record } = options;
  const tee = (level: keyof typeof METHODS) => (fields: LogFields, message: string): void => {
    inner[level](fields, message);
    if (level !== 'debug' || options.isDebug()) record([syslogLine({ priority: localPriority(options.facility(), METHODS[level]), hostName: options.hostName }, describe(message, { ...options.fields, ...fields }))]);
  };
  return {
    debug: tee('debug'), info: tee('info'), warn: tee('warn'), error: tee('error'),
    child: (fields) => withAmphoraLog({ ...options, inner: inner.child(fields), fields: { ...options.fields, ...fields } }),
  };
}

const METHODS = { debug: SEVERITY.debug, info: SEVERITY.info, warn: SEVERITY.warning, error: SEVERITY.error } as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function describe(message: string, fields: LogFields): string {
  return message + Object.entries(fields).map(([name, value]) => ` ${name}=${text(value)}`).join('');
}

/** A line in the format of RFC 3164, as haproxy writes it: local time, without newlines. */
export function syslogLine({ priority, hostName, program = 'amphora-agent', pid = process.pid }: { priority: number; hostName: string; program?: string; pid?: number }, message: string): string {
  const now = new Date();
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
  const header = `<${priority}>${MONTHS[now.getMonth()]} ${String(now.getDate()).padStart(2, ' ')} ${time} ${hostName} ${program}[${pid}]: `;
  return (header + message).replace(/[^\x20-\x7e]/g, (character) => `#${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function text(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
