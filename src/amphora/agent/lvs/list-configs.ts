import { readdir } from 'node:fs/promises';
import type { AmphoraPaths } from '../amphora-paths.ts';
import { isMissingFile } from '../../../lib/missing-file.ts';

const CONFIG_NAME = /^octavia-keepalivedlvs-(.+)\.conf$/;

/** Ids of the UDP and SCTP listeners that have a configuration. */
export async function listLvsConfigs(paths: AmphoraPaths): Promise<string[]> {
  const names = await readdir(paths.onHost(paths.lvsDir)).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  return names.flatMap((name) => CONFIG_NAME.exec(name)?.[1] ?? []).sort();
}
