import { accessSync } from 'node:fs';
import { renderEffectivePolicy } from '../api/policy/effective-policy.ts';
import { policyText } from '../api/policy/sample-policy.ts';
import { loadConfig } from '../config/load-config.ts';
import { OctaviaError } from '../lib/errors.ts';
import { configSources, policyDirectories, type ServiceFiles } from './services/config-sources.ts';

/** `octavia sample-policy`: the sample, what of a file is redundant, or the policy as it is in force. */
export async function printPolicy(file: string | undefined, options: ServiceFiles & { readonly effective?: boolean }): Promise<void> {
  if (options.effective !== true) {
    // Services pass over a policy file that is not there; who names one here means it.
    if (file !== undefined) accessSync(file);
    return void process.stdout.write(policyText(file));
  }
  if (file !== undefined) throw new OctaviaError('bad-option', 'With --effective the policy files are those that octavia.conf names: leave the file out.');
  const sources = configSources('octavia-api', options);
  process.stdout.write(renderEffectivePolicy(loadConfig(sources), policyDirectories(sources)));
}
