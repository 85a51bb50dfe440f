import { member } from '@model/resources/member.ts';
import { createBody, type FormValues } from './form-values.ts';

/** What a batch leaves out stays as it is, so what was emptied is stated. */
const EMPTIED = { name: '', monitor_address: null, monitor_port: null, tags: [] } as const;

/** One member of a batch: every field it can change, so that what was emptied or set back to its default is changed too. */
export function statedMember(values: FormValues): Record<string, unknown> {
  return {
    ...EMPTIED, ...createBody(member.fields, 'nested', values),
    weight: Number(values['weight'] || 1), backup: values['backup'] === true, admin_state_up: values['admin_state_up'] === true,
  };
}
