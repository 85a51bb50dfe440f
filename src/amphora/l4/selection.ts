import { createHash } from 'node:crypto';

export interface Weighted {
  readonly id: string;
  readonly weight: number;
}

/** One slot of a selection table: numbers `first` to `last` mean this member. */
export interface SlotRange {
  readonly first: number;
  readonly last: number;
  readonly id: string;
}

// Large enough for one-percent steps, small enough for one nft set.
const LONGEST_SEQUENCE = 1024;

// As many as IPVS gives its source hash.
const HASH_BUCKETS = 256;

/** Weighted round robin as a repeating sequence in which each member's turns are spread evenly. */
export function roundRobinSlots(members: readonly Weighted[]): readonly SlotRange[] {
  const active = members.filter((member) => member.weight > 0);
  const weights = reduceWeights(active.map((member) => member.weight));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const credit = weights.map(() => 0);
  const sequence: string[] = [];
  for (let turn = 0; turn < total; turn += 1) {
    weights.forEach((weight, index) => { credit[index] = (credit[index] ?? 0) + weight; });
    const chosen = indexOfLargest(credit);
    credit[chosen] = (credit[chosen] ?? 0) - total;
    sequence.push(active[chosen]?.id ?? '');
  }
  return toRanges(sequence);
}

/**
 * Least connections as the next picks of a scheduler that starts from these flow counts: each pick takes the member with
 * the fewest flows. Valid until the counts have moved; the caller renders anew every few seconds.
 */
export function leastConnectionSlots(members: readonly Weighted[], activeFlows: ReadonlyMap<string, number>): readonly SlotRange[] {
  const active = members.filter((member) => member.weight > 0);
  const flows = active.map((member) => activeFlows.get(member.id) ?? 0);
  const picks = Math.min(LONGEST_SEQUENCE, Math.max(active.length * 4, Math.max(0, ...flows) - Math.min(...flows, 0)));
  const sequence: string[] = [];
  for (let pick = 0; pick < picks && active.length > 0; pick += 1) {
    const chosen = indexOfLargest(flows.map((count) => -count));
    flows[chosen] = (flows[chosen] ?? 0) + 1;
    sequence.push(active[chosen]?.id ?? '');
  }
  return toRanges(sequence);
}

/**
 * Source hash: buckets by weighted rendezvous, which follows from ids and weights alone. Both amphorae of a pair send a
 * client to the same member, and a member that goes takes only its own buckets with it.
 */
export function sourceHashSlots(members: readonly Weighted[]): readonly SlotRange[] {
  const active = members.filter((member) => member.weight > 0);
  if (active.length === 0) return [];
  const buckets = Array.from({ length: HASH_BUCKETS }, (_, bucket) => {
    const scores = active.map((member) => -member.weight / Math.log(uniform(`${member.id}/${bucket}`)));
    return active[indexOfLargest(scores)]?.id ?? '';
  });
  return toRanges(buckets);
}

/** How many numbers a table answers for. */
export function slotCount(slots: readonly SlotRange[]): number {
  return (slots.at(-1)?.last ?? -1) + 1;
}

function reduceWeights(weights: readonly number[]): readonly number[] {
  const divisor = weights.reduce(greatestCommonDivisor, 0) || 1;
  const reduced = weights.map((weight) => weight / divisor);
  const total = reduced.reduce((sum, weight) => sum + weight, 0);
  if (total <= LONGEST_SEQUENCE) return reduced;
  return reduced.map((weight) => Math.max(1, Math.round((weight * LONGEST_SEQUENCE) / total)));
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other);
}

function indexOfLargest(values: readonly number[]): number {
  let best = 0;
  values.forEach((value, index) => { if (value > (values[best] ?? -Infinity)) best = index; });
  return best;
}

function toRanges(sequence: readonly string[]): readonly SlotRange[] {
  const ranges: SlotRange[] = [];
  for (const [index, id] of sequence.entries()) {
    const last = ranges.at(-1);
    if (last && last.id === id) ranges[ranges.length - 1] = { ...last, last: index };
    else ranges.push({ first: index, last: index, id });
  }
  return ranges;
}

/** A number strictly between 0 and 1 that follows from the text. */
function uniform(text: string): number {
  return (createHash('sha1').update(text).digest().readUIntBE(0, 6) + 1) / (2 ** 48 + 2);
}
