import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createPolicyEnforcer } from '../../api/policy/create-policy-enforcer.ts';
import { rabbitOptionsOf } from '../../bus/rabbit-options.ts';
import { parseTransportUrl } from '../../bus/transport-url.ts';
import type { Config } from '../../config/config.ts';
import { loadConfigWithWarnings, type LoadedConfig } from '../../config/load-config.ts';
import { OctaviaError, reasonOf } from '../../lib/errors.ts';
import { openConfiguredStore } from '../../store/configured-store.ts';
import { inspectSchema } from '../../store/schema/migrate.ts';
import { configSources, policyDirectories, type ServiceFiles } from '../services/config-sources.ts';
import { requireBarbican } from '../services/key-manager.ts';
import { exitStatusOf, renderFindings, type Finding } from './findings.ts';

/** `octavia status upgrade check`; the only thing there is under `status`. */
export async function runStatus(subject: string, action: string, files: ServiceFiles): Promise<void> {
  if (subject !== 'upgrade' || action !== 'check') throw new OctaviaError('unknown-command', 'There is only: status upgrade check.');
  const findings = await checkUpgrade(files);
  process.stdout.write(renderFindings(findings));
  process.exitCode = exitStatusOf(findings);
}

/** Whether what an operator has fits this version. Changes nothing. */
export async function checkUpgrade(files: ServiceFiles): Promise<readonly Finding[]> {
  const sources = configSources('octavia-status', files);
  let loaded: LoadedConfig;
  try {
    loaded = loadConfigWithWarnings(sources);
  } catch (error) {
    return [{ check: 'Configuration', result: 'Failure', details: reasonOf(error) }];
  }
  const { config } = loaded;
  const warnings = [...loaded.warnings, ...loaded.withoutEffect];
  const configDirs = policyDirectories(sources);
  return [
    sources.files.length === 0 && sources.dirs.length === 0
      ? { check: 'Configuration', result: 'Warning', details: 'No octavia.conf was found; defaults were checked.' }
      : { check: 'Configuration', result: warnings.length > 0 ? 'Warning' : 'Success', details: warnings.join('; ') || null },
    await checkSchema(config), checkPolicyFormat(config), checkPolicyRules(config, configDirs), checkTransport(config), checkKeyManager(config), ...checkAuthorities(config),
  ];
}

async function checkSchema({ database }: Config): Promise<Finding> {
  const check = 'Database Schema';
  try {
    const store = await openConfiguredStore(database);
    try {
      const { revision, missingTables, missingColumns, isNewer } = await inspectSchema(store);
      const missing = [...missingTables, ...missingColumns];
      if (missing.length > 0) return { check, result: 'Failure', details: `Revision ${revision ?? 'none'} lacks ${missing.join(', ')}. Run octavia-db-manage upgrade head.` };
      return { check, result: 'Success', details: isNewer ? `Revision ${revision} is newer than this version and complete for it.` : null };
    } finally {
      await store.close();
    }
  } catch (error) {
    return { check, result: 'Failure', details: reasonOf(error) };
  }
}

/** Whether the policy file has a format that is read. */
export function checkPolicyFormat({ oslo_policy: { policy_file: file } }: Config): Finding {
  const check = 'YAML Policy File';
  if (/\.ya?ml$/i.test(file ?? '')) return { check, result: 'Success', details: null };
  if (/\.json$/i.test(file ?? '')) return { check, result: 'Warning', details: '[oslo_policy] policy_file names a JSON file: that format is deprecated. Write it as YAML.' };
  return { check, result: 'Failure', details: `[oslo_policy] policy_file = ${file}: use a YAML file with the suffix .yaml.` };
}

/** Whether every rule of the policy can be read. */
export function checkPolicyRules(config: Config, configDirs: readonly string[]): Finding {
  const check = 'Policy Rules';
  const invalid: string[] = [];
  const note = (fields: Readonly<Record<string, unknown>>): void => void invalid.push(`${String(fields['rule'])}: ${String(fields['reason'])}`);
  const log = { debug: () => undefined, info: () => undefined, warn: note, error: note, child: () => log };
  try {
    createPolicyEnforcer(config, { configDirs, log });
  } catch (error) {
    return { check, result: 'Failure', details: reasonOf(error) };
  }
  return invalid.length > 0 ? { check, result: 'Failure', details: invalid.join('; ') } : { check, result: 'Success', details: null };
}

function checkTransport({ DEFAULT }: Config): Finding {
  const check = 'Message Queue';
  try {
    rabbitOptionsOf({}, parseTransportUrl(DEFAULT.transport_url));
    return { check, result: 'Success', details: null };
  } catch (error) {
    return { check, result: 'Failure', details: `[DEFAULT] transport_url: ${reasonOf(error)}` };
  }
}

function checkKeyManager(config: Config): Finding {
  const check = 'Key Manager';
  try {
    requireBarbican(config);
    return { check, result: 'Success', details: null };
  } catch (error) {
    return { check, result: 'Failure', details: reasonOf(error) };
  }
}

const SOON_MS = 90 * 86_400_000;

function checkAuthorities({ certificates, haproxy_amphora, controller_worker }: Config): readonly Finding[] {
  if (controller_worker.amphora_driver === 'amphora_noop_driver') return [];
  const files: readonly (readonly [string, string])[] = [
    ['[certificates] ca_certificate', certificates.ca_certificate], ['[haproxy_amphora] server_ca', haproxy_amphora.server_ca],
    ['[haproxy_amphora] client_cert', haproxy_amphora.client_cert], ['[controller_worker] client_ca', controller_worker.client_ca],
  ];
  return files.map(([option, file]): Finding => {
    const check = `Certificate ${option}`;
    try {
      const end = new X509Certificate(readFileSync(file)).validToDate.getTime();
      const left = end - Date.now();
      if (left <= 0) return { check, result: 'Failure', details: `${file} ended on ${new Date(end).toISOString()}.` };
      if (left < SOON_MS) return { check, result: 'Warning', details: `${file} ends on ${new Date(end).toISOString()}. See octavia certificates.` };
      return { check, result: 'Success', details: null };
    } catch (error) {
      return { check, result: 'Failure', details: `${file}: ${reasonOf(error)}` };
    }
  });
}
