import { isDeepStrictEqual } from 'node:util';
import { comparable } from './comparable.ts';
import { reasonFor } from './differences.ts';
import { send, type Answered, type Case } from './exchange.ts';
import type { TwinApis } from './twin-apis.ts';

/** A case that the APIs answer differently, for people: its name and both answers. */
export interface Difference {
  readonly name: string;
  readonly ours: unknown;
  readonly original: unknown;
}

export interface Comparison {
  /** Those without a reason. */
  readonly differences: readonly Difference[];
  /** Reasons that some case needed. */
  readonly reasons: ReadonlySet<string>;
}

interface Answers { readonly ours: readonly Answered[]; readonly original: readonly Answered[] }

/** The original takes about a tenth of a second of processor time for a request: what changes nothing is asked side by side. */
const SIDE_BY_SIDE = 6;

/** Sends every case to both APIs. Cases that change something have the rows to themselves, which are put back after each. */
export async function compareCases(twin: TwinApis, cases: readonly Case[]): Promise<Comparison> {
  const comparison = { differences: new Array<Difference>(), reasons: new Set<string>() };
  const { harmless, alone } = await sorted(twin, cases);
  const waiting = [...harmless];
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const answers = await sendTo(twin, one, { isAlone: false });
      // What the original takes or fails on may have changed rows under the others.
      if (isRead(one) || answers.original.every(({ status }) => status >= 400 && status < 500 && status !== 409)) judge(twin, one, answers, comparison);
      else alone.push(one);
    }
  }));
  await twin.rows.restore();
  for (const one of alone) judge(twin, one, await sendTo(twin, one, { isAlone: true }), comparison);
  return comparison;
}

const isRead = ({ exchanges }: Case) => exchanges.every(({ method }) => method === 'GET');

/** Reads, and what ours refuses without a look at states, change nothing. */
async function sorted({ urls, ids, rows }: TwinApis, cases: readonly Case[]): Promise<{ readonly harmless: readonly Case[]; readonly alone: Case[] }> {
  const [harmless, alone] = [new Array<Case>(), new Array<Case>()];
  for (const one of cases) {
    const [only, ...more] = one.exchanges;
    if (isRead(one)) harmless.push(one);
    else if (only === undefined || more.length > 0) alone.push(one);
    else {
      const { status } = await send(urls.ours, ids, only);
      if (status < 300) await rows.restore();
      (status >= 400 && status < 500 && status !== 409 ? harmless : alone).push(one);
    }
  }
  return { harmless, alone };
}

async function sendTo({ urls, ids, rows }: TwinApis, { exchanges }: Case, { isAlone }: { readonly isAlone: boolean }): Promise<Answers> {
  const answers = { ours: new Array<Answered>(), original: new Array<Answered>() };
  for (const exchange of exchanges) {
    const [ours, original] = await Promise.all([send(urls.ours, ids, exchange), send(urls.original, ids, exchange)]);
    answers.ours.push(ours);
    answers.original.push(original);
    if (isAlone && exchange.method !== 'GET' && exchange !== exchanges.at(-1)) await rows.settle();
  }
  // Even a refusal of the original may leave something behind.
  if (isAlone) await rows.restore();
  return answers;
}

function judge({ urls, ids }: TwinApis, { name }: Case, answers: Answers, found: { readonly differences: Difference[]; readonly reasons: Set<string> }): void {
  const seededIds = new Set(ids.values());
  for (const [index, ours] of answers.ours.entries()) {
    const original = answers.original[index];
    if (original === undefined) continue;
    const [one, other] = [comparable(ours, { url: urls.ours, seededIds }), comparable(original, { url: urls.original, seededIds })];
    if (isDeepStrictEqual(one, other)) continue;
    const reason = reasonFor(name, one, other);
    if (reason === null) found.differences.push({ name, ours: one, original: other });
    else found.reasons.add(reason);
  }
}
