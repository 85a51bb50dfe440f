import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown, type Plugin } from 'rolldown';
import { projectRoot } from '../project.ts';

const OURS = join(projectRoot, 'src');

/** Files beside a module (programs in other languages, the dashboard) are where they were, wherever its code is now. */
const placeOfSource: Plugin = {
  name: 'place-of-source',
  async load(id) {
    if (!id.startsWith(`${OURS}/`)) return null;
    const code = await readFile(id, 'utf8');
    return code.includes('import.meta.url') ? code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)) : null;
  },
};

/**
 * Makes JavaScript of `octavia` and everything that it imports: `main.js` and what its commands load. A process of it is
 * some 20 MB smaller than one of the sources and starts sooner. Belongs to this checkout, in this place.
 */
export async function bundleProgram(directory: string): Promise<void> {
  await bundle('processes/main.ts', { dir: directory }, [placeOfSource]);
}

/** Makes JavaScript of a program, by its path below `src`, and of everything that it imports. The same sources give the same bytes. */
export async function bundle(entry: string, output: { readonly dir: string } | { readonly file: string }, plugins: Plugin[] = []): Promise<void> {
  const made = await rolldown({ input: join(OURS, entry), cwd: projectRoot, platform: 'node', external: ['rolldown'], logLevel: 'warn', plugins });
  await made.write({ ...output, format: 'esm' });
  await made.close();
}
