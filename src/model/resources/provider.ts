import { text, type Fields } from './resource.ts';

/** Entries of `providers`, `flavor_capabilities` and `availability_zone_capabilities`; they come from the configuration and the drivers, no table holds them. */
export const providerFields = {
  name: { type: text(), description: 'Name of the provider or setting.' },
  description: { type: text(), description: 'What it is.' },
} as const satisfies Fields;
