import type { Config } from '../../config/config.ts';
import { loadConfigWithWarnings, type LoadedConfig } from '../../config/load-config.ts';
import { reasonOf } from '../../lib/errors.ts';
import { configSources, policyDirectories, type ServiceFiles } from '../services/config-sources.ts';
import { checkPolicyFormat, checkPolicyRules } from '../upgrade-check/run-upgrade-check.ts';
import { checkAmphorae } from './check-amphorae.ts';
import { checkCertificates } from './check-certificates.ts';
import { checkCloud } from './check-cloud.ts';
import { checkLightPool } from './check-light-pool.ts';
import { checkController, checkMachine } from './check-machine.ts';
import { checkQueue, withStore } from './check-stores.ts';
import { failure, note, ok, renderFindings, type Finding } from './finding.ts';

interface DoctorOptions extends ServiceFiles {
  readonly listen: { readonly host: string; readonly port: number };
  readonly json?: boolean;
}

/** `octavia doctor`: the machine alone, or everything that an octavia.conf names. Changes nothing. Status 1 when something has to be repaired. */
export async function runDoctor(options: DoctorOptions): Promise<void> {
  const isDeployment = options.configFile.length > 0 || options.configDir.length > 0;
  const findings = isDeployment ? await checkDeployment(options) : await checkMachine(options.listen);
  const failures = findings.filter(({ result }) => result === 'failure').length;
  process.stdout.write(options.json === true ? `${JSON.stringify({ findings, failures }, null, 2)}\n` : renderFindings(findings));
  if (failures > 0) process.exitCode = 1;
}

/** Configuration, certificates, database, queue, cloud and amphorae of a deployment. */
export async function checkDeployment(options: DoctorOptions): Promise<readonly Finding[]> {
  const sources = configSources('octavia', options);
  let loaded: LoadedConfig;
  try {
    loaded = loadConfigWithWarnings(sources);
  } catch (error) {
    return [failure('configuration', 'octavia.conf', reasonOf(error), 'correct that line; octavia sample-config prints every option')];
  }
  const { config } = loaded;
  const warnings = [...loaded.warnings, ...loaded.withoutEffect];
  const machine = config.controller_worker.compute_driver === 'compute_namespace_driver' ? await checkMachine(options.listen) : checkController();
  return [
    ...machine,
    ...(warnings.length === 0 ? [ok('configuration', 'octavia.conf', sources.files.join(', '))] : warnings.map((warning) => note('configuration', 'octavia.conf', warning))),
    ...checkPolicy(config, policyDirectories(sources)),
    ...checkCertificates(config, Date.now()),
    ...(await checkQueue(config)),
    ...(await checkCloud(config)),
    ...(await checkLightPool(config)),
    ...(await withStore(config, (store) => checkAmphorae(config, store))),
  ];
}

function checkPolicy(config: Config, configDirs: readonly string[]): readonly Finding[] {
  return [checkPolicyFormat(config), checkPolicyRules(config, configDirs)].map(({ check, result, details }) => {
    if (result === 'Success') return ok('policy', check, 'readable');
    if (result === 'Warning') return note('policy', check, details ?? '');
    return failure('policy', check, details ?? '', 'correct that rule; octavia sample-policy prints every rule');
  });
}
