import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseHost, type HostView, type HostWish } from './choose-host.ts';

const host = (name: string, fields: Partial<HostView> = {}): HostView => ({ name, zone: null, capacity: 10, amphorae: 0, ...fields });
const wish = (fields: Partial<HostWish> = {}): HostWish => ({ zone: null, peerHosts: [], isApartForced: false, failed: new Map(), ...fields });

describe('the host of a new amphora', () => {
  const chosen: Record<string, readonly [HostView[], Partial<HostWish>, string]> = {
    'the emptiest': [[host('a', { amphorae: 3 }), host('b', { amphorae: 1 }), host('c', { amphorae: 2 })], {}, 'b'],
    'emptiness is a share': [[host('a', { amphorae: 3 }), host('b', { amphorae: 5, capacity: 100 })], {}, 'b'],
    'by name among equals': [[host('b'), host('a')], {}, 'a'],
    'apart from the peer, however full': [[host('a'), host('b', { amphorae: 9 })], { peerHosts: ['a'] }, 'b'],
    'beside the peer when nothing else answers': [[host('a'), host('b', { capacity: null })], { peerHosts: ['a'] }, 'a'],
    'in its zone': [[host('a', { zone: 'east' }), host('b', { zone: 'west', amphorae: 9 })], { zone: 'west' }, 'b'],
    'in any zone when none is asked for': [[host('a', { zone: 'east' })], {}, 'a'],
    'not one that failed just now': [[host('a'), host('b', { amphorae: 5 })], { failed: new Map([['a', 'no']]) }, 'b'],
    'not a full one': [[host('a', { capacity: 2, amphorae: 2 }), host('b', { amphorae: 9 })], {}, 'b'],
  };
  it.each(Object.entries(chosen))('%s', (_, [hosts, fields, expected]) => {
    expect(chooseHost(hosts, wish(fields))).toEqual({ kind: 'chosen', host: expected });
  });

  const refused: Record<string, readonly [HostView[], Partial<HostWish>, RegExp]> = {
    'without hosts': [[], {}, /hosts is empty/],
    'a second host is missing and must be there': [[host('a')], { peerHosts: ['a'], isApartForced: true }, /a has the other amphora, and .*anti-affinity/],
    'the zone has none': [[host('a', { zone: 'east' })], { zone: 'west' }, /a is not in zone west/],
    'every reason is told': [
      [host('a', { capacity: null, reason: 'timeout' }), host('b', { capacity: 1, amphorae: 1 }), host('c')], { failed: new Map([['c', 'disk full']]) },
      /a does not answer \(timeout\); b is full \(1 of 1 amphorae\); c failed \(disk full\)/,
    ],
  };
  it.each(Object.entries(refused))('refused: %s', (_, [hosts, fields, reason]) => {
    expect(chooseHost(hosts, wish(fields))).toEqual({ kind: 'none', reason: expect.stringMatching(reason) });
  });

  it('whatever the hosts are, the chosen one answers, has room, is in the zone and is apart from peers whenever one could be', () => {
    const zones = fc.constantFrom(null, 'east', 'west');
    const view = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), zone: zones, capacity: fc.option(fc.nat(3)), amphorae: fc.nat(4) });
    fc.assert(fc.property(fc.uniqueArray(view, { selector: ({ name }) => name }), zones, fc.subarray(['a', 'b', 'c', 'd']), fc.boolean(), (hosts, zone, peerHosts, isApartForced) => {
      const fitting = hosts.filter((one) => one.capacity !== null && one.amphorae < one.capacity && (zone === null || one.zone === zone)).map(({ name }) => name);
      const apart = fitting.filter((name) => !peerHosts.includes(name));
      const choice = chooseHost(hosts, wish({ zone, peerHosts, isApartForced }));
      const allowed = apart.length > 0 || isApartForced ? apart : fitting;
      if (choice.kind === 'chosen') expect(allowed).toContain(choice.host);
      else expect(allowed).toEqual([]);
    }));
  });
});
