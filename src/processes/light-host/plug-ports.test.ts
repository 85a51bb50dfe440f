import { describe, expect, it } from 'vitest';
import { addPortArguments, removePortArguments } from './plug-ports.ts';

const PORT = { id: '3f1c9a52-7b0d-4e7c-9f11-0a2b3c4d5e6f', macAddress: 'fa:16:3e:12:34:56' };

describe('a port in Open vSwitch', () => {
  it('carries what Neutron\'s agent and ovn-controller look for', () => {
    expect(addPortArguments('br-int', 'amphora', PORT)).toEqual([
      '--timeout=10', '--', '--may-exist', 'add-port', 'br-int', 'tap3f1c9a52-7b', '--', 'set', 'Interface', 'tap3f1c9a52-7b',
      `external_ids:iface-id="${PORT.id}"`, 'external_ids:attached-mac="fa:16:3e:12:34:56"', 'external_ids:iface-status="active"', 'external_ids:vm-uuid="amphora"',
    ]);
  });

  it('leaves without a word when it is not there', () => {
    expect(removePortArguments('br-int', PORT.id)).toEqual(['--timeout=10', '--', '--if-exists', 'del-port', 'br-int', 'tap3f1c9a52-7b']);
  });
});
