import { parseSelector, UnknownSelector } from './syslog-selector.ts';
import type { Selector } from './syslog-selector.ts';

/** Log servers of one kind of logs, in the order in which they are tried. */
export interface LogRule {
  readonly selects: Selector;
  readonly servers: readonly LogServer[];
  /** Attempts to reach the first server again before the next one is used; negative means without end. */
  readonly retryCount: number;
  readonly retryIntervalMs: number;
  /** Lines that wait for a server at most. */
  readonly queueSize: number;
}

export interface LogServer {
  readonly host: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

export interface LogRules {
  readonly rules: readonly LogRule[];
  /** False when `*.* stop` keeps lines from the local files. */
  readonly keepsFiles: boolean;
  /** What was not understood and is left out. */
  readonly ignored: readonly string[];
}

interface Action { readonly selector: string; readonly settings: ReadonlyMap<string, string> }

/** `ruleset(name="..." queue.size="...") { action(...) action(...) }`: the queue stands with the ruleset. */
const RULESET = /ruleset\(([^)]*)\)\s*\{((?:[^{}()]|\([^)]*\))*)\}/g;

/**
 * Reads the forwarding that an amphora boots with (10-rsyslog.conf, contracts sections 12 and 16), ours or the
 * original's: rulesets that a selector calls, or actions behind selectors. Further actions of a ruleset, and those that
 * follow with `&`, are the next servers of the same logs.
 */
export function parseLogRules(text: string): LogRules {
  const ignored: string[] = [];
  const rulesets = new Map<string, Action[]>();
  const lines = text.replace(RULESET, (_, head: string, body: string) => {
    const settings = readSettings(head);
    const actions = [...body.matchAll(/action\(([^)]*)\)/g)].map(([, own = '']) => ({ selector: '', settings: new Map([...settings, ...readSettings(own)]) }));
    rulesets.set(settings.get('name') ?? '', actions);
    return '';
  });
  const groups: Action[][] = [];
  for (const [, before = '', ampersand, settings = '', called] of lines.matchAll(/([^\n()&]*?)\s*(&?)\s*(?:action\(([^)]*)\)|\bcall[ \t]+(\S+))/g)) {
    const selector = before.trim();
    const last = groups.at(-1);
    if (called !== undefined) groups.push((rulesets.get(called) ?? [{ settings: new Map<string, string>() }]).map((action) => ({ ...action, selector })));
    else if (ampersand === '&' && last) last.push({ selector, settings: readSettings(settings) });
    else groups.push([{ selector, settings: readSettings(settings) }]);
  }
  return { rules: groups.flatMap((group) => readRule(group, ignored)), keepsFiles: !/^\s*\*\.\*\s+(?:stop|~)\s*$/m.test(text), ignored };
}

function readSettings(text: string): Map<string, string> {
  return new Map([...text.matchAll(/([A-Za-z.]+)\s*=\s*"([^"]*)"/g)].map(([, name = '', value = '']) => [name.toLowerCase(), value]));
}

function readRule(group: readonly Action[], ignored: string[]): LogRule[] {
  const [first] = group;
  const servers = group.flatMap(({ settings }) => readServer(settings));
  if (!first || servers.length === 0) {
    ignored.push(first?.selector ?? '');
    return [];
  }
  const number = (name: string, standard: number): number => {
    const value = Number(first.settings.get(name) ?? standard);
    return Number.isFinite(value) ? value : standard;
  };
  try {
    return [{
      selects: parseSelector(first.selector), servers,
      retryCount: number('action.resumeretrycount', 0), retryIntervalMs: number('action.resumeinterval', 30) * 1000, queueSize: number('queue.size', 1000),
    }];
  } catch (error) {
    if (!(error instanceof UnknownSelector)) throw error;
    ignored.push(first.selector);
    return [];
  }
}

function readServer(settings: ReadonlyMap<string, string>): LogServer[] {
  const host = settings.get('target');
  const port = Number(settings.get('port') ?? 514);
  if (settings.get('type') !== 'omfwd' || host === undefined || !Number.isInteger(port)) return [];
  return [{ host, port, protocol: settings.get('protocol')?.toLowerCase() === 'tcp' ? 'tcp' : 'udp' }];
}
