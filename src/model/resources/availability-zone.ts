import * as common from './common-fields.ts';
import { boolean, defineResource, text, uuid } from './resource.ts';

/** Named in paths by its name, which never changes. */
export const availabilityZone = defineResource({
  root: 'availability_zone', collection: 'availability_zones', label: 'Availability Zone', policy: 'availability-zone', table: 'availability_zone',
  idColumn: 'name', deletedIn: null,
  fields: {
    name: { type: text({ maxLength: 255 }), description: 'Unique name.', since: '2.14', create: 'mandatory' },
    description: { ...common.description, since: '2.14' },
    enabled: { type: boolean(), description: 'Whether new load balancers may use it.', since: '2.14', create: 'optional', update: 'optional', default: true, onNull: 'refused' },
    availability_zone_profile_id: { type: uuid(), description: 'The profile with its settings.', since: '2.14', create: 'mandatory' },
  },
});
