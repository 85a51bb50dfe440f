import { join } from 'node:path';
import { readTextOrNull } from '../../lib/replace-file.ts';

const SIZE_FILE = '/etc/octavia/amphora-size.json';

/** How much of its host an amphora in a namespace may use; null where nothing limits it. */
export interface AmphoraSize {
  /** Processors, fractions allowed. */
  readonly cpus: number | null;
  readonly memoryKb: number | null;
  /** Directories of control groups that the daemons of tenant traffic join. */
  readonly controlGroups: readonly string[];
}

/** What the host wrote below the amphora's root; nothing means without limits. */
export async function readAmphoraSize(root: string): Promise<AmphoraSize> {
  const text = await readTextOrNull(join(root, SIZE_FILE));
  if (text === null) return { cpus: null, memoryKb: null, controlGroups: [] };
  const { cpus, memory_mib: memoryMib, control_groups: controlGroups } = JSON.parse(text) as { cpus: number | null; memory_mib: number | null; control_groups: readonly string[] };
  return { cpus, memoryKb: memoryMib === null ? null : memoryMib * 1024, controlGroups };
}
