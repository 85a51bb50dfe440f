import * as common from './common-fields.ts';
import { defineResource, text } from './resource.ts';

export const availabilityZoneProfile = defineResource({
  root: 'availability_zone_profile', collection: 'availability_zone_profiles', linksKey: 'availability_zone_profile_links', label: 'Availability Zone Profile',
  policy: 'availability-zone-profile', table: 'availability_zone_profile', deletedIn: null,
  fields: {
    id: common.id,
    name: { type: text({ maxLength: 255 }), description: 'Name for people.', since: '2.14', create: 'mandatory', update: 'optional', onNull: 'refused' },
    provider_name: { type: text({ maxLength: 255 }), description: 'Provider that understands the data.', since: '2.14', create: 'mandatory', update: 'optional', onNull: 'refused' },
    availability_zone_data: { type: text({ maxLength: 4096 }), description: 'JSON object of settings, as text.', since: '2.14', create: 'mandatory', update: 'optional', onNull: 'refused' },
  },
});
