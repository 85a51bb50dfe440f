import { expect, it } from 'vitest';
import { decodeCreate } from '../../src/model/resources/decode-body.ts';
import { member } from '../../src/model/resources/member.ts';
import { initialValues } from '../../dashboard/src/forms/form-values.ts';
import { statedMember } from '../../dashboard/src/forms/member-batch.ts';

const SHOWN = { name: 'web1', address: '10.0.0.5', protocol_port: 80, weight: 7, backup: true, admin_state_up: false, monitor_address: '10.0.0.9', monitor_port: 8080, tags: ['blue'] };

it('changes what was emptied or set back to its default, and keeps the rest', () => {
  const values = initialValues(member.fields, 'nested', SHOWN);
  expect(statedMember(values)).toEqual(SHOWN);
  const emptied = statedMember({ ...values, name: '', monitor_address: '', monitor_port: '', tags: [], weight: '1', backup: false, admin_state_up: true });
  expect(decodeCreate(member, emptied)).toMatchObject({ address: '10.0.0.5', protocol_port: 80, name: '', monitor_address: null, monitor_port: null, tags: [], weight: 1, backup: false, admin_state_up: true });
});
