import * as common from './common-fields.ts';
import { boolean, defineResource, text, uuid } from './resource.ts';

export const flavor = defineResource({
  root: 'flavor', collection: 'flavors', label: 'Flavor', policy: 'flavor', table: 'flavor', deletedIn: null,
  fields: {
    id: common.id,
    name: { type: text({ maxLength: 255 }), description: 'Unique name.', since: '2.6', create: 'mandatory', update: 'optional', onNull: 'refused' },
    description: { ...common.description, since: '2.6' },
    enabled: { type: boolean(), description: 'Whether new load balancers may use it.', since: '2.6', create: 'optional', update: 'optional', default: true, onNull: 'refused' },
    flavor_profile_id: { type: uuid(), description: 'The profile with its settings.', since: '2.6', create: 'mandatory' },
  },
});
