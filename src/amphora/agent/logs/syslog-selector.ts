import { OctaviaError } from '../../../lib/errors.ts';

const FACILITIES = [
  'kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp', 'ntp', 'audit', 'alert', 'clock',
  'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7',
];
const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'];

/** The local facilities' first number. */
const LOCAL0 = 16;

export const SEVERITY = { error: 3, warning: 4, info: 6, debug: 7 } as const;

/** Says whether a message with this priority (facility and severity in one number) is meant. */
export type Selector = (priority: number) => boolean;

/** The number in front of a syslog line: facility times 8 plus severity. */
export function localPriority(facility: number, severity: number): number {
  return (LOCAL0 + facility) * 8 + severity;
}

/** Priority of a line that begins with `<number>`; null when it does not. */
export function priorityOf(line: string): number | null {
  const end = line.charCodeAt(0) === 0x3c ? line.indexOf('>') : -1;
  if (end < 2 || end > 4) return null;
  const priority = Number(line.slice(1, end));
  return Number.isInteger(priority) ? priority : null;
}

/** A selector that rsyslog does not know either. */
export class UnknownSelector extends OctaviaError {
  constructor(text: string) {
    super('unknown-log-selector', `"${text}" selects no logs.`);
  }
}

/** Reads rsyslog's selectors: `local0.=info`, `*.*;local0.none`. A later part overrules the ones before it. Throws UnknownSelector. */
export function parseSelector(text: string): Selector {
  const isSelected = new Uint8Array(FACILITIES.length * SEVERITIES.length);
  for (const part of text.split(';')) {
    const [, names = '', negation, only, level = ''] = /^\s*([a-z0-9*,]+)\.(!?)(=?)([a-z*]+)\s*$/.exec(part) ?? [];
    for (const facility of facilitiesOf(names, text)) {
      for (const [severity, name] of SEVERITIES.entries()) {
        const index = facility * 8 + severity;
        if (level === 'none') isSelected[index] = 0;
        else if (level === '*' || (only ? name === level : severity <= severityOf(level, text))) isSelected[index] = negation ? 0 : 1;
      }
    }
  }
  return (priority) => isSelected[priority] === 1;
}

function facilitiesOf(names: string, text: string): readonly number[] {
  if (names === '*') return FACILITIES.map((_, index) => index);
  return names.split(',').map((name) => {
    const facility = FACILITIES.indexOf(name);
    if (facility < 0) throw new UnknownSelector(text);
    return facility;
  });
}

function severityOf(level: string, text: string): number {
  const severity = SEVERITIES.indexOf(level);
  if (severity < 0) throw new UnknownSelector(text);
  return severity;
}
