import { readFile } from 'node:fs/promises';
import { killHard } from '../../lib/kill.ts';
import { run } from '../../lib/run.ts';

const prefix = 'octavia-';

/** Namespaces of amphorae on this host. */
export async function amphoraNamespaces(): Promise<readonly string[]> {
  const { stdout } = await run('ip', ['-j', 'netns', 'list']);
  const namespaces = (stdout.trim() === '' ? [] : JSON.parse(stdout)) as readonly { name: string }[];
  return namespaces.map(({ name }) => name).filter((name) => name.startsWith(prefix));
}

/** The namespace whose interfaces carry `address`: of a pair, the active amphora. */
export async function namespaceOfAddress(address: string): Promise<string | null> {
  for (const name of await amphoraNamespaces()) {
    const { stdout } = await run('ip', ['-n', name, '-j', 'address', 'show']).catch(() => ({ stdout: '[]' }));
    const links = JSON.parse(stdout) as readonly { addr_info?: readonly { local?: string }[] }[];
    if (links.some((link) => link.addr_info?.some(({ local }) => local === address))) return name;
  }
  return null;
}

/** Ends an amphora as a power cut would: all its links go, then its processes, then the namespace. */
export async function killAmphora(namespace: string): Promise<void> {
  const pids = (await run('ip', ['netns', 'pids', namespace])).stdout.split('\n').filter(Boolean).map(Number);
  for (const pid of pids) killHard(pid);
  await run('ip', ['netns', 'delete', namespace]);
}

/** Pids inside the namespace whose command name is `command`. */
export async function pidsIn(namespace: string, command: string): Promise<readonly number[]> {
  const pids = (await run('ip', ['netns', 'pids', namespace])).stdout.split('\n').filter(Boolean).map(Number);
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => names[index]?.trim() === command);
}
