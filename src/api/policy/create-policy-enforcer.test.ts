import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/load-config.ts';
import type { RequestContext } from '../auth/request-context.ts';
import { createPolicyEnforcer } from './create-policy-enforcer.ts';
import type { PolicyEnforcer } from './policy-enforcer.ts';
import { OPERATION_RULES } from './rules.ts';

const context = (roles: readonly string[], more: Partial<RequestContext> = {}): RequestContext => ({
  requestId: 'req-1', globalRequestId: null, userId: 'u', projectId: 'mine', domainId: null, systemScope: null, roles, isAdmin: false, token: null, ...more,
});

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'octavia-policy-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function enforcer(options: { newDefaults?: boolean; scope?: boolean; file?: string; now?: () => number } = {}): PolicyEnforcer {
  const config = loadConfig({
    env: {},
    overrides: { oslo_policy: { enforce_new_defaults: options.newDefaults ?? true, enforce_scope: options.scope ?? true, ...(options.file !== undefined && { policy_file: options.file }) } },
  });
  return createPolicyEnforcer(config, { configDirs: [dir], ...(options.now && { clock: { now: options.now } }) });
}

/** Who may what, by the check that guards an operation (contracts section 7). `own` and `foreign` say whose object it is. */
const MATRIX: Readonly<Record<string, Readonly<Record<string, readonly ('own' | 'foreign')[]>>>> = {
  'rule:load-balancer:read': {
    admin: ['own', 'foreign'], reader: ['own'], member: ['own'], service: [], 'load-balancer_observer': ['own'], 'load-balancer_member': ['own'],
    'load-balancer_global_observer': ['own', 'foreign'], 'load-balancer_quota_admin': [], 'load-balancer_admin': ['own', 'foreign'], stranger: [],
  },
  'rule:load-balancer:read or rule:service': {
    admin: ['own', 'foreign'], reader: ['own'], member: ['own'], service: ['own', 'foreign'], 'load-balancer_observer': ['own'], 'load-balancer_member': ['own'],
    'load-balancer_global_observer': ['own', 'foreign'], 'load-balancer_quota_admin': [], 'load-balancer_admin': ['own', 'foreign'], stranger: [],
  },
  'rule:load-balancer:read-global': {
    admin: ['own', 'foreign'], reader: [], member: [], service: [], 'load-balancer_observer': [], 'load-balancer_member': [],
    'load-balancer_global_observer': ['own', 'foreign'], 'load-balancer_quota_admin': [], 'load-balancer_admin': ['own', 'foreign'], stranger: [],
  },
  'rule:load-balancer:write': {
    admin: ['own', 'foreign'], reader: [], member: ['own'], service: [], 'load-balancer_observer': [], 'load-balancer_member': ['own'],
    'load-balancer_global_observer': [], 'load-balancer_quota_admin': [], 'load-balancer_admin': ['own', 'foreign'], stranger: [],
  },
  'rule:load-balancer:admin': {
    admin: ['own', 'foreign'], reader: [], member: [], service: [], 'load-balancer_observer': [], 'load-balancer_member': [],
    'load-balancer_global_observer': [], 'load-balancer_quota_admin': [], 'load-balancer_admin': ['own', 'foreign'], stranger: [],
  },
  'rule:load-balancer:read-quota': {
    admin: ['own', 'foreign'], reader: ['own'], member: ['own'], service: [], 'load-balancer_observer': ['own'], 'load-balancer_member': ['own'],
    'load-balancer_global_observer': ['own', 'foreign'], 'load-balancer_quota_admin': ['own', 'foreign'], 'load-balancer_admin': ['own', 'foreign'], stranger: [],
  },
  'rule:load-balancer:read-quota-global': {
    admin: ['own', 'foreign'], reader: [], member: [], service: [], 'load-balancer_observer': [], 'load-balancer_member': [],
    'load-balancer_global_observer': ['own', 'foreign'], 'load-balancer_quota_admin': ['own', 'foreign'], 'load-balancer_admin': ['own', 'foreign'], stranger: [],
  },
  'rule:load-balancer:write-quota': {
    admin: ['own', 'foreign'], reader: [], member: [], service: [], 'load-balancer_observer': [], 'load-balancer_member': [],
    'load-balancer_global_observer': [], 'load-balancer_quota_admin': ['own', 'foreign'], 'load-balancer_admin': ['own', 'foreign'], stranger: [],
  },
};
const isFormerRole = (role: string) => role.startsWith('load-balancer_');

describe('built-in policy', () => {
  it.each([true, false])('every operation answers every role as the matrix says (enforce_new_defaults %s)', (newDefaults) => {
    const policy = enforcer({ newDefaults });
    for (const { name, check } of OPERATION_RULES) {
      for (const [role, allowed] of Object.entries(MATRIX[check] ?? expect.fail(`no matrix for ${check}`))) {
        for (const owner of ['own', 'foreign'] as const) {
          const expected = allowed.includes(owner) && !(newDefaults && isFormerRole(role));
          const answer = policy.allows(name, context([role]), { project_id: owner === 'own' ? 'mine' : 'other' });
          expect(answer, `${role} ${name} ${owner}`).toBe(expected);
        }
      }
    }
  });

  it('with deploy/load-balancer-roles.yaml only the roles of the original before 16 count', () => {
    const policy = enforcer({ file: join(import.meta.dirname, '../../../deploy/load-balancer-roles.yaml') });
    for (const { name, check } of OPERATION_RULES) {
      for (const [role, allowed] of Object.entries(MATRIX[check] ?? expect.fail(`no matrix for ${check}`))) {
        for (const owner of ['own', 'foreign'] as const) {
          const expected = allowed.includes(owner) && role !== 'member' && role !== 'reader';
          expect(policy.allows(name, context([role]), { project_id: owner === 'own' ? 'mine' : 'other' }), `${role} ${name} ${owner}`).toBe(expected);
        }
      }
    }
  });

  it('counts 101 rules with unique names', () => {
    expect(new Set(OPERATION_RULES.map((rule) => rule.name)).size + 16).toBe(101);
  });

  it('noauth callers may everything, system and domain tokens nothing while scopes are enforced', () => {
    const rule = 'os_load-balancer_api:quota:put';
    expect(enforcer().allows(rule, context([], { isAdmin: true, projectId: null }), {})).toBe(true);
    for (const scope of [{ systemScope: 'all', projectId: null }, { domainId: 'd', projectId: null }]) {
      expect(enforcer().allows(rule, context(['admin'], scope), {})).toBe(false);
      expect(enforcer({ scope: false }).allows(rule, context(['admin'], scope), {})).toBe(true);
    }
  });

  it('refuses with the fixed sentence', () => {
    const refuse = () => enforcer().enforce('os_load-balancer_api:loadbalancer:get_one', context(['reader']), { project_id: 'other' });
    expect(refuse).toThrow(expect.objectContaining({ status: 403, message: 'Policy does not allow this request to be performed.' }));
  });

  it('an unknown rule denies, even administrators', () => {
    expect(enforcer().allows('os_load-balancer_api:nonsense:get', context(['admin']), {})).toBe(false);
  });
});

describe('policy files', () => {
  const read = 'os_load-balancer_api:loadbalancer:get_one';
  const asStranger = (policy: PolicyEnforcer) => policy.allows(read, context(['nobody']), { project_id: 'mine' });

  it('override rules by name, YAML or JSON, directories over the file', () => {
    writeFileSync(join(dir, 'policy.yaml'), '"load-balancer:read": "role:nobody"\n');
    expect(asStranger(enforcer())).toBe(true);
    mkdirSync(join(dir, 'policy.d'));
    writeFileSync(join(dir, 'policy.d', '10-own.json'), JSON.stringify({ [read]: '!' }));
    expect(asStranger(enforcer())).toBe(false);
  });

  it('are followed where a directory only links to them, as a mounted ConfigMap does', () => {
    mkdirSync(join(dir, 'policy.d', '..data'), { recursive: true });
    writeFileSync(join(dir, 'policy.d', '..data', 'own.yaml'), `"${read}": "role:nobody"\n`);
    symlinkSync(join('..data', 'own.yaml'), join(dir, 'policy.d', 'own.yaml'));
    symlinkSync('..data', join(dir, 'policy.d', 'a-directory'));
    symlinkSync('gone.yaml', join(dir, 'policy.d', 'gone-too.yaml'));
    expect(asStranger(enforcer())).toBe(true);
  });

  it('may be the policy.json of old installations, as long as there is no policy.yaml and no other file is named', () => {
    writeFileSync(join(dir, 'policy.json'), JSON.stringify({ [read]: 'role:nobody' }));
    expect(asStranger(enforcer())).toBe(true);
    expect(asStranger(enforcer({ file: 'own.yaml' }))).toBe(false);
    writeFileSync(join(dir, 'policy.yaml'), '');
    expect(asStranger(enforcer())).toBe(false);
  });

  it('may name a rule twice: the last counts, as for oslo.policy', () => {
    writeFileSync(join(dir, 'policy.json'), `{"${read}": "!", "${read}": "role:nobody"}`);
    expect(asStranger(enforcer())).toBe(true);
    writeFileSync(join(dir, 'policy.yaml'), `"${read}": "role:nobody"\n"${read}": "!"\n`);
    expect(asStranger(enforcer())).toBe(false);
  });

  it('may ask for the administrative project, which every project is unless the token denies it', () => {
    writeFileSync(join(dir, 'policy.yaml'), `"${read}": "role:admin and is_admin_project:True"\n`);
    const policy = enforcer();
    expect(policy.allows(read, context(['admin']), {})).toBe(true);
    expect(policy.allows(read, context(['admin'], { isAdminProject: true }), {})).toBe(true);
    expect(policy.allows(read, context(['admin'], { isAdminProject: false }), {})).toBe(false);
  });

  it('an overridden rule loses its former default too', () => {
    writeFileSync(join(dir, 'policy.yaml'), '"load-balancer:observer_and_owner": "role:special"\n');
    const policy = enforcer({ newDefaults: false });
    expect(policy.allows(read, context(['load-balancer_observer']), { project_id: 'mine' })).toBe(false);
    expect(policy.allows(read, context(['special']), { project_id: 'mine' })).toBe(true);
  });

  it('are read again after a change, and only then', () => {
    let now = 0;
    const policy = enforcer({ now: () => now });
    expect(asStranger(policy)).toBe(false);
    writeFileSync(join(dir, 'policy.yaml'), '"load-balancer:read": "@"\n');
    expect(asStranger(policy)).toBe(false);
    now = 1000;
    expect(asStranger(policy)).toBe(true);
  });

  it('a broken new file leaves the rules before in force', () => {
    let now = 0;
    writeFileSync(join(dir, 'policy.yaml'), '"load-balancer:read": "@"\n');
    const policy = enforcer({ now: () => now });
    for (const broken of ['"load-balancer:read": "rule:load-balancer:read"\n', '- a list\n', '"unclosed: \n']) {
      writeFileSync(join(dir, 'policy.yaml'), broken);
      now += 1000;
      expect(asStranger(policy)).toBe(true);
    }
  });

  it('broken from the start they keep the service from starting; one bad rule only denies', () => {
    writeFileSync(join(dir, 'policy.yaml'), '- a list\n');
    expect(() => enforcer()).toThrow(/policy\.yaml: it must map rule names to rules/);
    writeFileSync(join(dir, 'policy.yaml'), '"a": "rule:b"\n"b": "rule:a"\n');
    expect(() => enforcer()).toThrow(/circle: a > b > a/);
    writeFileSync(join(dir, 'policy.yaml'), '"load-balancer:read": "role:a and"\n');
    expect(enforcer().allows(read, context(['a', 'admin']), {})).toBe(false);
  });

  it('a rule that nobody wrote denies when the default rule refers to it, too', () => {
    writeFileSync(join(dir, 'policy.yaml'), '"default": "rule:admin_or_owner"\n"load-balancer:read": "rule:admin_or_owner or rule:forgotten"\n');
    expect(enforcer().allows(read, context(['admin']), { project_id: 'mine' })).toBe(false);
  });

  const samples = join(import.meta.dirname, '../../../etc/policy');
  it.each([
    ['admin_or_owner-policy.yaml', { nobody: [true, true], admin: [true, true, true], 'load-balancer_admin': [true, true, true] }],
    ['keystone_default_roles-policy.yaml', { nobody: [false, false], reader: [true, false], member: [false, true], admin: [true, true, true] }],
    ['octavia-advanced-rbac-policy.yaml', { reader: [false, false], 'load-balancer_observer': [true, false], 'load-balancer_member': [true, true], admin: [true, true, true] }],
  ])('sample %s', (file, expected) => {
    const policy = enforcer({ file: join(samples, file) });
    for (const [role, [mayRead, mayWrite, mayReadForeign = false]] of Object.entries(expected)) {
      const answers = [
        policy.allows(read, context([role]), { project_id: 'mine' }),
        policy.allows('os_load-balancer_api:listener:post', context([role]), { project_id: 'mine' }),
        policy.allows(read, context([role]), { project_id: 'other' }),
      ];
      expect(answers, role).toEqual([mayRead, mayWrite, mayReadForeign]);
    }
  });

  it('sample keystone_default_roles_scoped-policy.yaml', () => {
    const policy = enforcer({ file: join(samples, 'keystone_default_roles_scoped-policy.yaml'), scope: false });
    expect(policy.allows(read, context(['reader'], { systemScope: 'all', projectId: null }), { project_id: 'x' })).toBe(true);
    expect(policy.allows(read, context(['admin']), { project_id: 'other' })).toBe(false);
    expect(policy.allows('os_load-balancer_api:amphora:get_all', context(['admin'], { systemScope: 'all', projectId: null }), {})).toBe(true);
  });
});
