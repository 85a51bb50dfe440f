import type { Messages } from '../en/index.ts';
import { common } from './common.ts';
import { fields } from './fields.ts';
import { loadBalancers } from './load-balancers.ts';
import { operator } from './operator.ts';
import { status } from './status.ts';
import { topology } from './topology.ts';
import { wizard } from './wizard.ts';

export const zh: Messages = { ...common, ...fields, ...loadBalancers, ...operator, ...status, ...topology, ...wizard };
