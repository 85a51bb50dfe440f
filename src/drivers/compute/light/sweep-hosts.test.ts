import { describe, expect, it } from 'vitest';
import type { Placement } from './placements.ts';
import { judgeListing, type Sweeping } from './sweep-hosts.ts';
import type { LightAmphora } from './wire.ts';

const there = (amphoraId: string, fields: Partial<LightAmphora> = {}): LightAmphora => ({ amphoraId, state: 'active', lbNetworkIp: '10.0.0.1', computeFlavor: null, ageSeconds: 100, ...fields });
const noted = (amphoraId: string, state: Placement['state'] = 'booted', host = 'here'): Placement => ({ amphoraId, host, state });

describe('what is done about the amphorae of a host', () => {
  const cases: Record<string, readonly [{ amphorae?: LightAmphora[]; lost?: string[] }, Placement[], Sweeping[]]> = {
    'nothing when all is as noted': [{ amphorae: [there('a')] }, [noted('a'), noted('b', 'booted', 'there')], []],
    'nothing while it is being made': [{ amphorae: [] }, [noted('a', 'placed')], []],
    'nothing when it was made and not noted yet': [{ amphorae: [there('a')] }, [noted('a', 'placed')], []],
    'a doomed one goes': [{ amphorae: [there('a')] }, [noted('a', 'doomed')], [{ kind: 'remove', amphoraId: 'a' }]],
    'a doomed one that is gone is forgotten': [{ amphorae: [] }, [noted('a', 'doomed')], [{ kind: 'forget', amphoraId: 'a' }]],
    'one that lives elsewhere goes': [{ amphorae: [there('a')] }, [noted('a', 'booted', 'there')], [{ kind: 'remove', amphoraId: 'a' }]],
    'one that may have come this moment stays': [{ amphorae: [there('a', { ageSeconds: 5 })] }, [noted('a', 'booted', 'there')], []],
    'an unknown one is claimed': [{ amphorae: [there('a')] }, [], [{ kind: 'claim', amphoraId: 'a', isOld: false }]],
    'an old unknown one too': [{ amphorae: [there('a', { ageSeconds: 600 })] }, [], [{ kind: 'claim', amphoraId: 'a', isOld: true }]],
    'one whose namespace is gone is lost': [{ amphorae: [there('a', { state: 'gone' })] }, [noted('a')], [{ kind: 'lost', amphoraId: 'a' }]],
    'one of a former boot is lost': [{ lost: ['a'] }, [noted('a')], [{ kind: 'lost', amphoraId: 'a' }]],
    'one that the host has never heard of is lost': [{}, [noted('a')], [{ kind: 'lost', amphoraId: 'a' }]],
    'a lost one that is doomed is cleared away': [{ lost: ['a'] }, [noted('a', 'doomed')], [{ kind: 'remove', amphoraId: 'a' }]],
    'a lost one that lives elsewhere is cleared away': [{ lost: ['a'] }, [noted('a', 'booted', 'there')], [{ kind: 'remove', amphoraId: 'a' }]],
  };
  it.each(Object.entries(cases))('%s', (_, [{ amphorae = [], lost = [] }, placements, expected]) => {
    expect(judgeListing('here', { amphorae, lost }, placements, 300)).toEqual(expected);
  });

  it('no unknown one is old where they are to be left alone', () => {
    expect(judgeListing('here', { amphorae: [there('a', { ageSeconds: 9e9 })], lost: [] }, [], 0)).toEqual([{ kind: 'claim', amphoraId: 'a', isOld: false }]);
  });
});
