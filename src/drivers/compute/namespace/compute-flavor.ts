import { ResourceNotFound } from '../../errors.ts';

/** Size of a namespace amphora; null where it has no limit. */
export interface AmphoraLimits {
  /** Processors, fractions allowed. */
  readonly cpus: number | null;
  readonly memoryMib: number | null;
}

export const UNLIMITED: AmphoraLimits = { cpus: null, memoryMib: null };

/**
 * Reads the compute flavor of namespace amphorae: `<processors>x<MiB>`, as `2x1024` or `0.5x256`; 0 on either side means
 * no limit there. Throws ResourceNotFound for any other text, as Nova does for a flavor it does not have.
 */
export function parseComputeFlavor(id: string): AmphoraLimits {
  const [, cpus, memory] = /^(\d{1,4}(?:\.\d{1,2})?)x(\d{1,8})$/.exec(id) ?? [];
  if (cpus === undefined || memory === undefined) throw new ResourceNotFound('Compute flavor (<processors>x<MiB>, such as 2x1024)', id);
  return { cpus: Number(cpus) || null, memoryMib: Number(memory) || null };
}
