import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runUp } from '../../src/processes/up/run-up.ts';
import type { ActionWatcher } from '../../src/worker/run-context.ts';

/**
 * `octavia up` that notes every moment of the worker in the file `moments` of the directory OCTAVIA_FAULTS, and kills
 * itself when the file `die-in` there says that no moment is left to live.
 */
const directory = process.env['OCTAVIA_FAULTS'] ?? '';

const onAction: ActionWatcher = (moment, action) => {
  appendFileSync(join(directory, 'moments'), `${moment} ${action.kind}\n`);
  const dieIn = join(directory, 'die-in');
  if (!existsSync(dieIn)) return;
  const left = Number(readFileSync(dieIn, 'utf8'));
  if (left > 0) return writeFileSync(dieIn, String(left - 1));
  rmSync(dieIn);
  process.kill(process.pid, 'SIGKILL');
};

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { listen: { type: 'string', default: '' }, 'data-dir': { type: 'string', default: '' }, 'config-file': { type: 'string', multiple: true, default: [] } },
});
const [host = '', port = ''] = values.listen.split(':');
await runUp({ listen: { host, port: Number(port) }, dataDir: values['data-dir'], configFile: values['config-file'], onAction });
