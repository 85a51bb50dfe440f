import { METRIC_RENAMES } from './metric-names.ts';

/** Load of the amphora in percent. */
export interface MachineLoad {
  readonly cpuPercent: number;
  readonly memoryPercent: number;
}

/** Words of haproxy's help texts that Octavia's users know by other names. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bfrontend\b/gi, 'listener'], [/\bbackend\b/gi, 'pool'], [/\bservers\b/gi, 'members'], [/\bserver\b/gi, 'member'],
];

/**
 * haproxy's Prometheus text in Octavia's names, with the amphora's load before it. Metrics without a name of ours and
 * those of the amphora's own proxies (names with `prometheus-exporter`) are left out.
 */
export function translateMetrics(exposition: string, load: MachineLoad): string {
  const lines = [
    ...gauge('octavia_loadbalancer_cpu', 'CPU utilization of the load balancer in percent.', load.cpuPercent),
    ...gauge('octavia_loadbalancer_memory', 'Memory utilization of the load balancer in percent.', load.memoryPercent),
  ];
  for (const line of exposition.split('\n')) {
    if (line.includes('prometheus-exporter')) continue;
    const translated = line.startsWith('#') ? translateComment(line) : translateSample(line);
    if (translated !== null) lines.push(translated);
  }
  return `${lines.join('\n')}\n`;
}

function gauge(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value.toFixed(1)}`];
}

function translateComment(line: string): string | null {
  const [, kind, metric, text = ''] = /^# (HELP|TYPE) (\S+)(?: (.*))?$/.exec(line) ?? [];
  const rename = METRIC_RENAMES.get(metric ?? '');
  if (!rename) return null;
  return `# ${kind} ${rename.name} ${kind === 'HELP' ? WORDS.reduce((help, [word, ours]) => help.replace(word, ours), text) : text}`;
}

function translateSample(line: string): string | null {
  const [, metric = '', labels = '', value = ''] = /^(\w+)(\{.*\})? (\S+.*)$/.exec(line) ?? [];
  const rename = METRIC_RENAMES.get(metric);
  if (!rename) return null;
  // haproxy's label values are names of proxies and servers: they hold neither quotes nor commas.
  return `${rename.name}${labels.replace(/([{,])(\w+)=/g, (_, before: string, label: string) => `${before}${rename.labels[label] ?? label}=`)} ${value}`;
}
