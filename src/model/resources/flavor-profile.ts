import * as common from './common-fields.ts';
import { defineResource, text } from './resource.ts';

export const flavorProfile = defineResource({
  root: 'flavorprofile', collection: 'flavorprofiles', linksKey: 'flavorprofile_links', label: 'Flavor Profile', policy: 'flavor-profile', table: 'flavor_profile',
  argument: 'flavor_profile_', deletedIn: null,
  fields: {
    id: common.id,
    name: { type: text({ maxLength: 255 }), description: 'Name for people.', since: '2.6', create: 'mandatory', update: 'optional', onNull: 'refused' },
    provider_name: { type: text({ maxLength: 255 }), description: 'Provider that understands the data.', since: '2.6', create: 'mandatory', update: 'optional', onNull: 'refused' },
    flavor_data: { type: text({ maxLength: 4096 }), description: 'JSON object of settings, as text.', since: '2.6', create: 'mandatory', update: 'optional', onNull: 'refused' },
  },
});
