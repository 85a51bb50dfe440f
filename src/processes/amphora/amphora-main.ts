import { parseArgs } from 'node:util';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { runAmphoraAgent } from './run-amphora-agent.ts';
import { runAmphoraBoot } from './run-amphora-boot.ts';
import { runHealthChecker } from './run-health-checker.ts';

/** The programs of an amphora in one bundle: the agent (no word), `boot` and `health-checker`. */
async function main([word, ...rest]: readonly string[]): Promise<void> {
  if (word === 'boot') return runAmphoraBoot();
  if (word === 'health-checker') {
    process.exitCode = await runHealthChecker(rest);
    return;
  }
  const { values } = parseArgs({ options: { 'config-file': { type: 'string', default: '/etc/octavia/amphora-agent.conf' } } });
  await runAmphoraAgent({ configFile: values['config-file'] });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`amphora-agent: ${error instanceof OctaviaError || !(error instanceof Error) ? reasonOf(error) : (error.stack ?? error.message)}\n`);
  process.exitCode = 1;
}
