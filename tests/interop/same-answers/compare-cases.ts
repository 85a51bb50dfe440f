import { isDeepStrictEqual } from 'node:util';
import { comparable, type Comparable } from './comparable.ts';
import { reasonFor } from './differences.ts';
import { send, type Case } from './exchange.ts';
import type { Side, TwinApis } from './twin-apis.ts';

/** A case that the APIs answer differently, for people: its name and both answers. */
export interface Difference {
  readonly name: string;
  readonly ours: Comparable;
  readonly original: Comparable;
}

export interface Comparison {
  /** Those without a reason. */
  readonly differences: readonly Difference[];
  /** Reasons that some case needed. */
  readonly reasons: ReadonlySet<string>;
}

type Answers = ReadonlyMap<Case, readonly Comparable[]>;

/** Sends every case to both APIs, on equal rows. */
export async function compareCases({ ours, originals, ids }: TwinApis, cases: readonly Case[]): Promise<Comparison> {
  const [mine, theirs] = await Promise.all([answersOf([ours], ids, cases), answersOf(originals, ids, cases)]);
  const found = { differences: new Array<Difference>(), reasons: new Set<string>() };
  for (const one of cases) {
    for (const [index, answer] of (mine.get(one) ?? []).entries()) {
      const original = theirs.get(one)?.[index];
      if (original === undefined || isDeepStrictEqual(answer, original)) continue;
      const reason = reasonFor(one.name, answer, original);
      if (reason === null) found.differences.push({ name: one.name, ours: answer, original });
      else found.reasons.add(reason);
    }
  }
  return found;
}

/** Each side takes the next case as soon as it is done with one. */
async function answersOf(sides: readonly Side[], ids: ReadonlyMap<string, string>, cases: readonly Case[]): Promise<Answers> {
  const waiting = [...cases];
  const answers = new Map<Case, readonly Comparable[]>();
  await Promise.all(sides.map(async (side) => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) answers.set(one, await ask(side, ids, one));
  }));
  return answers;
}

async function ask({ url, rows }: Side, ids: ReadonlyMap<string, string>, { exchanges }: Case): Promise<readonly Comparable[]> {
  const context = { url, seededIds: new Set(ids.values()) };
  const answers: Comparable[] = [];
  for (const exchange of exchanges) {
    answers.push(comparable(await send(url, ids, exchange), context));
    if (exchange.method !== 'GET' && exchange !== exchanges.at(-1)) await rows.settle();
  }
  // Even a refusal of the original may leave something behind.
  if (exchanges.some(({ method }) => method !== 'GET')) await rows.restore();
  return answers;
}
