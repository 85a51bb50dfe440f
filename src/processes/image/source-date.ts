import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OctaviaError } from '../../lib/errors.ts';
import { CommandFailed, run } from '../../lib/run.ts';
import { projectRoot } from '../project.ts';

/**
 * The time that built files bear, in seconds since 1970: SOURCE_DATE_EPOCH, otherwise that of the last commit, otherwise
 * that of the lock file.
 */
export async function sourceDate(env: Readonly<Record<string, string | undefined>> = process.env): Promise<number> {
  const given = env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && given !== '') {
    if (!/^\d+$/.test(given)) throw new OctaviaError('bad-source-date', `SOURCE_DATE_EPOCH is "${given}", which is no number of seconds.`);
    return Number(given);
  }
  try {
    return Number((await run('git', ['log', '-1', '--format=%ct'], { cwd: projectRoot })).stdout.trim());
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return Math.floor((await stat(join(projectRoot, 'package-lock.json'))).mtimeMs / 1000);
  }
}
