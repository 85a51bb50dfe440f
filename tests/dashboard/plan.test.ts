import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCreate } from '../../src/model/resources/decode-body.ts';
import { loadBalancer } from '../../src/model/resources/load-balancer.ts';
import { createBody, initialValues, updateBody } from '../../dashboard/src/forms/form-values.ts';
import { DEFINITIONS } from '../../dashboard/src/forms/layout.ts';
import { problemsOf } from '../../dashboard/src/forms/problems.ts';
import { asOpenstack, quoted } from '../../dashboard/src/pages/wizard/as-commands.ts';
import { asTerraform } from '../../dashboard/src/pages/wizard/as-terraform.ts';
import { newPolicy, populatedBody, startState, stepsOf, withFitting, isFine, type WizardState } from '../../dashboard/src/pages/wizard/wizard-state.ts';

const SUBNET = 'd4af86e1-0051-488c-b7a0-527f97490c9a';
const start = (): WizardState => {
  const state = startState();
  return { ...state, loadBalancer: { ...state.loadBalancer, vip_subnet_id: SUBNET } };
};

describe('the plan of the wizard', () => {
  it('is a body that the API accepts, for every protocol', () => {
    for (const protocol of ['TCP', 'HTTP', 'HTTPS', 'TERMINATED_HTTPS', 'UDP', 'SCTP', 'PROMETHEUS']) {
      const begun = start();
      const state = withFitting(begun, { listener: { ...begun.listener, protocol, default_tls_container_ref: 'http://keys/v1/containers/1' } });
      expect(stepsOf(state).filter((step) => !isFine(state, step)), protocol).toEqual([]);
      const body = populatedBody(state);
      expect(() => decodeCreate(loadBalancer, body), protocol).not.toThrow();
      expect(body['listeners']).toMatchObject([{ protocol, ...(protocol !== 'PROMETHEUS' && { default_pool: { name: 'pool1', healthmonitor: { name: 'monitor1' } } }) }]);
    }
  });

  it('leaves out what is hidden, what is default, and what was switched off', () => {
    const state = { ...start(), hasListener: false, hasMonitor: false };
    expect(populatedBody(state)).toEqual({ name: 'lb1', vip_subnet_id: SUBNET, pools: [{ name: 'pool1', protocol: 'HTTP', lb_algorithm: 'ROUND_ROBIN' }] });
    expect(populatedBody({ ...state, hasPool: false })).toEqual({ name: 'lb1', vip_subnet_id: SUBNET });
  });

  it('is the same as commands and as Terraform', () => {
    const policy = newPolicy();
    const state = { ...start(), policies: [{ policy: { ...policy.policy, action: 'REDIRECT_TO_POOL', name: 'p1' }, rules: policy.rules.map((rule) => ({ ...rule, value: '/a b' })) }] };
    const commands = asOpenstack(populatedBody(state)).split('\n');
    expect(commands.map((line) => line.split(' ').slice(2, 4).join(' '))).toEqual(['create --name', 'listener create', 'pool create', 'healthmonitor create', 'l7policy create', 'l7rule create']);
    expect(commands.at(-2)).toBe('openstack loadbalancer l7policy create --name p1 --action REDIRECT_TO_POOL --redirect-pool pool1 --wait listener1');
    expect(commands.at(-1)).toBe("openstack loadbalancer l7rule create --type PATH --compare-type STARTS_WITH --value '/a b' --wait p1");
    const terraform = asTerraform(populatedBody(state));
    expect(terraform).toContain('resource "openstack_lb_pool_v2" "pool1" {\n  name = "pool1"\n  protocol = "HTTP"\n  lb_method = "ROUND_ROBIN"\n  listener_id = openstack_lb_listener_v2.listener1.id\n}');
    expect(terraform).toContain('redirect_pool_id = openstack_lb_pool_v2.pool1.id');
  });

  it('judges every field of a policy, whatever it does, but nothing that is hidden', () => {
    const { policy, rules } = newPolicy();
    const isGood = (values: Readonly<Record<string, string>>) => isFine({ ...start(), policies: [{ policy: { ...policy, ...values }, rules: rules.map((rule) => ({ ...rule, value: '/a' })) }] }, 'l7');
    for (const action of ['REJECT', 'REDIRECT_TO_POOL']) {
      expect(isGood({ action, position: 'first' }), action).toBe(false);
      expect(isGood({ action, position: '1', redirect_url: 'nonsense' }), action).toBe(true);
    }
  });

  it('quotes any text so that a shell takes it for one word', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && !text.endsWith('\n')), (text) => {
      expect(execFileSync('/bin/sh', ['-c', `printf %s ${quoted(text)}`]).toString()).toBe(Buffer.from(text).toString());
    }), { numRuns: 10 });
  });
});

describe('forms', () => {
  const { fields } = DEFINITIONS.listener;

  it('send only what was changed, and null or an empty text for what was emptied', () => {
    const before = initialValues(fields, 'update', { name: 'a', description: 'b', connection_limit: 5, allowed_cidrs: ['10.0.0.0/8'], tls_versions: ['TLSv1.3'], insert_headers: { 'X-Real-IP': 'true' }, admin_state_up: true });
    expect(updateBody(fields, before, before)).toEqual({});
    const after = { ...before, description: '', connection_limit: '', allowed_cidrs: [], tls_versions: [], insert_headers: {}, admin_state_up: false };
    expect(updateBody(fields, after, before)).toEqual({ description: '', connection_limit: null, allowed_cidrs: [], tls_versions: null, insert_headers: {}, admin_state_up: false });
  });

  it.each([
    [{ protocol: 'HTTP', protocol_port: '' }, { protocol_port: 'problem.required' }],
    [{ protocol: 'HTTP', protocol_port: '80x' }, { protocol_port: 'problem.between' }],
    [{ protocol: 'HTTP', protocol_port: '80', allowed_cidrs: ['nonsense'] }, { allowed_cidrs: 'problem.cidr' }],
    [{ protocol: 'HTTP', protocol_port: '80', name: 'x'.repeat(256) }, { name: 'problem.too-long' }],
    [{ protocol: 'HTTP', protocol_port: '80' }, {}],
  ])('judge %j by the definition of the API', (given, expected) => {
    const problems = problemsOf(fields, 'nested', { ...initialValues(fields, 'nested'), ...given });
    const keys = Object.fromEntries(Object.entries(problems).map(([name, { key }]) => [name, key === 'problem.whole-number' ? 'problem.between' : key]));
    expect(keys).toEqual(expected);
  });

  it('of something untouched make an empty body', () => {
    for (const { fields: all } of Object.values(DEFINITIONS)) expect(createBody(all, 'nested', initialValues(all, 'nested'))).toEqual({});
  });
});
