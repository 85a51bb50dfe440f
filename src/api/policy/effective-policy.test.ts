import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../config/load-config.ts';
import type { RequestContext } from '../auth/request-context.ts';
import { createPolicyEnforcer } from './create-policy-enforcer.ts';
import { renderEffectivePolicy } from './effective-policy.ts';
import type { PolicyEnforcer } from './policy-enforcer.ts';
import { OPERATION_RULES } from './rules.ts';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'octavia-effective-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const configOf = (file: string, newDefaults: boolean) => loadConfig({ env: {}, overrides: { oslo_policy: { policy_file: file, enforce_new_defaults: newDefaults } } });
const FILE = '"load-balancer:write": "role:writer"\n"os_load-balancer_api:flavor:get_all": "rule:mine"\n"mine": [["role:a", "role:b"], ["role:c"]]\n"load-balancer:owner": "and or"\n"text": "role:\\"x y\\""\n';

it('has every rule once, those of the files in place of the defaults and their own besides', () => {
  writeFileSync(join(dir, 'policy.yaml'), FILE);
  const text = renderEffectivePolicy(configOf('policy.yaml', true), [dir]);
  const rules = parse(text) as Readonly<Record<string, unknown>>;
  expect(Object.keys(rules)).toHaveLength(103);
  expect(rules).toMatchObject({
    'load-balancer:write': 'role:writer', 'os_load-balancer_api:flavor:get_all': 'rule:mine', mine: [['role:a', 'role:b'], ['role:c']], 'load-balancer:owner': '!', 'project-member': 'role:member and project_id:%(project_id)s',
  });
  expect(text).toMatch(/^# .*\n"load-balancer:owner": "!"$/m);
});

it.each([true, false])('decides as the files and defaults that it comes from (enforce_new_defaults %s)', (newDefaults) => {
  writeFileSync(join(dir, 'policy.yaml'), FILE);
  writeFileSync(join(dir, 'printed.yaml'), renderEffectivePolicy(configOf('policy.yaml', newDefaults), [dir]));
  const [given, printed] = [createPolicyEnforcer(configOf('policy.yaml', newDefaults), { configDirs: [dir] }), createPolicyEnforcer(configOf('printed.yaml', true), { configDirs: [dir] })];
  const decisions = (roles: readonly string[], enforcer: PolicyEnforcer) => {
    const context: RequestContext = { requestId: 'req-1', globalRequestId: null, userId: 'u', projectId: 'p', domainId: null, systemScope: null, roles, isAdmin: false, token: null };
    return OPERATION_RULES.map(({ name }) => [name, enforcer.allows(name, context, { project_id: 'p' })]);
  };
  for (const roles of [['admin'], ['member'], ['writer'], ['a', 'b'], ['load-balancer_admin'], ['load-balancer_observer'], ['load-balancer_quota_admin']]) {
    expect(decisions(roles, printed)).toEqual(decisions(roles, given));
  }
});
