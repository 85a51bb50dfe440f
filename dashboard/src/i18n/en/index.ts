import { common } from './common.ts';
import { fields } from './fields.ts';
import { loadBalancers } from './load-balancers.ts';
import { operator } from './operator.ts';
import { status } from './status.ts';
import { topology } from './topology.ts';
import { wizard } from './wizard.ts';

/** Every text of the dashboard by its key. `{name}` stands for a value. */
export const en = { ...common, ...fields, ...loadBalancers, ...operator, ...status, ...topology, ...wizard } as const;

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;
