import { CommandFailed, run, type RunOptions } from '../run.ts';

interface IpOptions extends Pick<RunOptions, 'signal' | 'timeoutMs'> {
  /** Namespace name under /run/netns; the host's when absent. */
  readonly netns?: string;
  /** Rules of IPv6 are refused without it; other lines tell their family by their addresses. */
  readonly family?: 6;
  /** Goes on after a line that fails; the command then still throws. */
  readonly force?: boolean;
}

/** Runs many `ip` commands in one process (a process per command would cost milliseconds each). Throws CommandFailed. */
export async function ipBatch(lines: readonly string[], options: IpOptions = {}): Promise<void> {
  if (lines.length === 0) return;
  await run('ip', [...namespaceArgs(options), ...(options.force ? ['-force'] : []), '-batch', '-'], { ...options, input: `${lines.join('\n')}\n` });
}

/** As `ipBatch` with `force`, for removals: lines that name what is gone already are no failure. */
export async function ipBatchQuietly(lines: readonly string[], options: IpOptions = {}): Promise<void> {
  try {
    await ipBatch(lines, { ...options, force: true });
  } catch (error) {
    if (!(error instanceof CommandFailed) || !saysOnlyGone(error.stderr)) throw error;
  }
}

/** One `ip -j` query, parsed. Throws CommandFailed. */
export async function ipJson(args: readonly string[], options: IpOptions = {}): Promise<unknown> {
  const { stdout } = await run('ip', [...namespaceArgs(options), '-j', ...args], options);
  return stdout.trim() === '' ? [] : JSON.parse(stdout);
}

export interface LinkInfo {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  /** Bridge the link is in; null when it is in none. */
  readonly master: string | null;
  readonly isUp: boolean;
  /** `link set ... group`: survives a rename of the interface. */
  readonly group: string;
}

/** Every link of a namespace. Throws CommandFailed when the namespace does not exist. */
export async function listLinks(options: IpOptions = {}): Promise<readonly LinkInfo[]> {
  const links = await ipJson(['link', 'show'], options);
  return Array.isArray(links) ? links.map(linkOf) : [];
}

function linkOf(raw: Record<string, unknown>): LinkInfo {
  const text = (key: string) => (typeof raw[key] === 'string' ? raw[key] : null);
  return {
    name: text('ifname') ?? '',
    mac: text('address') ?? '',
    mtu: Number(raw['mtu'] ?? 0),
    master: text('master'),
    isUp: Array.isArray(raw['flags']) && raw['flags'].includes('UP'),
    group: text('group') ?? 'default',
  };
}

function namespaceArgs(options: IpOptions): string[] {
  return [...(options.netns === undefined ? [] : ['-n', options.netns]), ...(options.family === undefined ? [] : ['-6'])];
}

const GONE = /cannot find device|no such (file|process|device)|cannot assign requested address|does not exist|^Command failed|^$/i;

function saysOnlyGone(stderr: string): boolean {
  return stderr.split('\n').every((line) => GONE.test(line.trim()));
}
