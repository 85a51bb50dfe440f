import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { whenMissing } from '../../../lib/missing-file.ts';
import { parseHaproxyConfig } from '../../haproxy/parse-config.ts';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { readTextOrNull } from '../../../lib/replace-file.ts';

/**
 * Takes private keys away that haproxy no longer needs: `.pem` files of the load balancer that neither its configuration
 * names nor a crt-list which that names. Call it after `loaded` was loaded. Files come before the configuration that names
 * them: those younger than the uploaded one may belong to the next. Returns the names of what is gone.
 */
export async function removeUnusedCertificates(paths: AmphoraPaths, id: string, loaded: string): Promise<readonly string[]> {
  const config = paths.onHost(paths.haproxyConfig(id));
  // In this order: a configuration that comes meanwhile has its files younger than the time known here.
  const uploadedAt = (await stat(config).catch(whenMissing(null)))?.mtimeMs;
  const uploaded = await readTextOrNull(config);
  if (uploadedAt === undefined || uploaded === null) return [];
  const directory = paths.certificateDir(id);
  const named = await namedFiles(paths, directory, [loaded, uploaded]);
  if (named === 'all') return [];
  const present = (await readdir(paths.onHost(directory)).catch(whenMissing([]))).filter((name) => name.endsWith('.pem') && !named.has(name));
  const removed = await Promise.all(present.map(async (name) => {
    const file = join(paths.onHost(directory), name);
    const found = await stat(file).catch(whenMissing(null));
    if (found === null || found.mtimeMs >= uploadedAt) return [];
    await rm(file, { force: true });
    return [name];
  }));
  return removed.flat();
}

async function namedFiles(paths: AmphoraPaths, directory: string, configs: readonly string[]): Promise<ReadonlySet<string> | 'all'> {
  const inDirectory = (words: readonly string[]): string[] => words.filter((word) => word.startsWith(`${directory}/`)).map((word) => word.slice(directory.length + 1));
  const directives = configs.flatMap((config) => parseHaproxyConfig(config).sections.flatMap((section) => section.directives));
  // Controllers of long ago let haproxy read the whole directory.
  if (directives.some((words) => words.includes(directory) || words.includes(`${directory}/`))) return 'all';
  const named = new Set(directives.flatMap((words) => inDirectory(words)));
  const lists = new Set(directives.flatMap((words) => inDirectory(words.filter((_, index) => words[index - 1] === 'crt-list'))));
  for (const list of lists) {
    const text = (await readTextOrNull(paths.onHost(join(directory, list)))) ?? '';
    for (const name of inDirectory(text.split('\n').map((line) => line.trim().split(/\s/)[0] ?? ''))) named.add(name);
  }
  return named;
}
