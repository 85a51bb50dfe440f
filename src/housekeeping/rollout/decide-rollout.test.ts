import { describe, expect, it } from 'vitest';
import { decideRollout } from './decide-rollout.ts';
import type { Rollout, Step, StepFacts } from '../../store/rollouts/rollout.ts';

const NOW = Date.UTC(2026, 5, 1);
const rollout: Rollout = { id: 'r', kind: 'failover', state: 'running', imageId: 'new', canary: 1, perMinute: 100, parallel: 100, soakSeconds: 60, createdAtMs: NOW, reason: null };
const step = (amphoraId: string, more: Partial<Step> = {}): Step => ({ amphoraId, loadBalancerId: `lb-${amphoraId}`, isCanary: false, state: 'waiting', operatingBefore: 'ONLINE', startedAtMs: null, endedAtMs: null, reason: null, ...more });
const well: StepFacts = { amphoraStatus: 'ALLOCATED', amphoraImageId: 'old', provisioningStatus: 'ACTIVE', operatingStatus: 'ONLINE', isWished: false, newImageIds: [] };
const replaced: StepFacts = { ...well, amphoraStatus: 'DELETED', newImageIds: ['new'] };

/** `kind amphora`, in order. */
function decide(steps: readonly Step[], facts: Readonly<Record<string, Partial<StepFacts>>> = {}, change: Partial<Rollout> = {}, nowMs = NOW): string[] {
  return decideRollout({ ...rollout, ...change }, steps, ({ amphoraId }) => ({ ...well, ...facts[amphoraId] }), nowMs).map((decision) => ('step' in decision ? `${decision.kind} ${decision.step.amphoraId}` : decision.kind));
}

describe('what comes next in a rollout', () => {
  it('canaries go first, and nobody else until all of them have soaked', () => {
    const canary = step('c', { isCanary: true });
    expect(decide([canary, step('a')])).toEqual(['begin c']);
    expect(decide([{ ...canary, state: 'started', startedAtMs: NOW }, step('a')], { c: { ...replaced } })).toEqual(['soak c']);
    const soaking: Step = { ...canary, state: 'soaking', startedAtMs: NOW - 90_000, endedAtMs: NOW };
    expect(decide([soaking, step('a')], {}, {}, NOW + 59_000)).toEqual([]);
    expect(decide([soaking, step('a')], {}, {}, NOW + 60_000)).toEqual(['finish c']);
    expect(decide([{ ...soaking, state: 'done' }, step('a')])).toEqual(['begin a']);
  });

  it('no more run at once than allowed, and no more begin in a minute', () => {
    const steps = ['a', 'b', 'c', 'd'].map((id) => step(id));
    expect(decide(steps, {}, { parallel: 2 })).toEqual(['begin a', 'begin b']);
    expect(decide([step('x', { state: 'started', startedAtMs: NOW }), ...steps], { x: { isWished: true, provisioningStatus: 'PENDING_UPDATE' } }, { parallel: 2 })).toEqual(['begin a']);
    expect(decide([step('x', { state: 'done', startedAtMs: NOW - 59_000 }), ...steps], {}, { perMinute: 2 })).toEqual(['begin a']);
    expect(decide([step('x', { state: 'done', startedAtMs: NOW - 60_000 }), ...steps], {}, { perMinute: 2 })).toEqual(['begin a', 'begin b']);
  });

  it('never both amphorae of a pair, the first of which is still watched', () => {
    const pair = { loadBalancerId: 'lb' };
    expect(decide([step('backup', pair), step('master', pair)])).toEqual(['begin backup']);
    expect(decide([step('backup', { ...pair, state: 'soaking', endedAtMs: NOW, startedAtMs: NOW - 1000 }), step('master', pair)])).toEqual([]);
  });

  it.each<[string, Partial<StepFacts>, string[]]>([
    ['gone', { amphoraStatus: 'DELETED' }, ['skip a']], ['of the image already', { amphoraImageId: 'new' }, ['skip a']], ['of a load balancer in ERROR', { provisioningStatus: 'ERROR' }, ['skip a']],
    ['in ERROR itself', { amphoraStatus: 'ERROR' }, ['skip a']], ['in ERROR while somebody repairs it', { amphoraStatus: 'ERROR', provisioningStatus: 'PENDING_UPDATE' }, []],
    ['of a load balancer that is gone', { provisioningStatus: null }, ['skip a']], ['of a load balancer that is being changed', { provisioningStatus: 'PENDING_UPDATE' }, []],
  ])('an amphora %s', (_what, facts, expected) => {
    expect(decide([step('a')], { a: facts })).toEqual(expected);
  });

  it.each<[string, Partial<StepFacts>, string[]]>([
    ['still under way', { ...well, isWished: true, provisioningStatus: 'PENDING_UPDATE' }, []], ['replaced', replaced, ['soak a']], ['in ERROR', { ...replaced, provisioningStatus: 'ERROR' }, ['fail a']],
    ['done but for the machine of the old one, which will not go yet', { ...replaced, amphoraStatus: 'PENDING_DELETE' }, []],
    ['not replaced', well, ['fail a']], ['replaced by the old image', { ...replaced, newImageIds: ['old'] }, ['fail a']], ['deleted with its load balancer', { ...replaced, provisioningStatus: 'DELETED' }, ['skip a']],
  ])('a failover that is %s', (_what, facts, expected) => {
    expect(decide([step('a', { state: 'started', startedAtMs: NOW }), step('b', { state: 'done' }), step('c', { loadBalancerId: 'lb' })], { a: facts, c: { provisioningStatus: 'PENDING_UPDATE' } })).toEqual(expected);
  });

  it('a failure stops everything that comes after it in the same look', () => {
    expect(decide([step('a', { state: 'started', startedAtMs: NOW }), step('b')], { a: { provisioningStatus: 'ERROR' } })).toEqual(['fail a']);
  });

  it('a load balancer that serves worse than before fails its step, one that never served does not', () => {
    const soaked = (operatingBefore: string | null) => [step('a', { state: 'soaking', startedAtMs: NOW - 100_000, endedAtMs: NOW - 60_000, operatingBefore })];
    expect(decide(soaked('ONLINE'), { a: { ...replaced, operatingStatus: 'ERROR' } })).toEqual(['fail a']);
    expect(decide(soaked('ERROR'), { a: { ...replaced, operatingStatus: 'ERROR' } })).toContain('finish a');
  });

  it('a step that takes half an hour has failed', () => {
    expect(decide([step('a', { state: 'started', startedAtMs: NOW - 1_800_001 })], { a: { isWished: true, provisioningStatus: 'PENDING_UPDATE' } })).toEqual(['fail a']);
  });

  it.each(['paused', 'halted', 'aborted'] as const)('nothing begins while it is %s, and what runs is settled', (state) => {
    expect(decide([step('a', { state: 'started', startedAtMs: NOW }), step('b')], { a: replaced }, { state })).toEqual(['soak a']);
  });

  it('it is complete when nothing is left', () => {
    expect(decide([step('a', { state: 'done' }), step('b', { state: 'skipped' })])).toEqual(['complete']);
  });

  it('a configuration is done when its wish is fulfilled; the amphora stays', () => {
    const started = [step('a', { state: 'started', startedAtMs: NOW })];
    expect(decide(started, { a: { isWished: true } }, { kind: 'configure', imageId: null })).toEqual([]);
    expect(decide(started, {}, { kind: 'configure', imageId: null })).toEqual(['soak a']);
    // Replaced meanwhile, its successor has it.
    for (const amphoraStatus of ['DELETED', 'PENDING_DELETE'] as const) expect(decide(started, { a: { amphoraStatus } }, { kind: 'configure', imageId: null })).toEqual(['soak a']);
  });

  it('a spare amphora is done when it is gone', () => {
    const spare = { loadBalancerId: null };
    const facts = { amphoraStatus: 'READY', provisioningStatus: null, operatingStatus: null };
    expect(decide([step('s', spare)], { s: facts })).toEqual(['begin s']);
    expect(decide([step('s', { ...spare, state: 'started', startedAtMs: NOW })], { s: facts })).toEqual([]);
    expect(decide([step('s', { ...spare, state: 'started', startedAtMs: NOW })], { s: { ...facts, amphoraStatus: 'DELETED' } })).toEqual(['soak s']);
  });
});
