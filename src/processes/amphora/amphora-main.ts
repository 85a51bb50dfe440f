import { parseArgs } from 'node:util';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { runAmphoraAgent } from './run-amphora-agent.ts';
import { runAmphoraBoot } from './run-amphora-boot.ts';
import { runHealthChecker } from './run-health-checker.ts';

const USAGE = 'usage: amphora-agent [--config-file FILE]';

/** The programs of an amphora in one bundle: the agent (no word), `boot` and `health-checker`. */
async function main([word, ...rest]: readonly string[]): Promise<void> {
  if (word === 'boot') return runAmphoraBoot();
  if (word === 'health-checker') {
    process.exitCode = await runHealthChecker(rest);
    return;
  }
  const { values } = parseArgs({ options: { 'config-file': { type: 'string', default: '/etc/octavia/amphora-agent.conf' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) return void process.stdout.write(`${USAGE}\n`);
  await runAmphoraAgent({ configFile: values['config-file'] });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isMistyped = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
  const isClear = isMistyped || error instanceof OctaviaError || !(error instanceof Error);
  process.stderr.write(`amphora-agent: ${isClear ? reasonOf(error) : (error.stack ?? error.message)}\n${isMistyped ? `${USAGE}\n` : ''}`);
  process.exitCode = 1;
}
