import { OctaviaError } from '../../lib/errors.ts';

/** Text in expected_codes that is no list of codes and ranges. */
export class ExpectedCodesUnreadable extends OctaviaError {
  constructor(text: string) {
    super('expected-codes-unreadable', `expected codes ${JSON.stringify(text.slice(0, 100))} are not codes like 200,202 or 200-204`);
  }
}

/** `200,202` and `200-204` as single codes, ascending, each once. */
export function expandExpectedCodes(text: string): readonly string[] {
  const codes = new Set<number>();
  for (const part of text.split(',').map((piece) => piece.trim()).filter((piece) => piece !== '')) {
    const range = /^(\d{3})(?:-(\d{3}))?$/.exec(part);
    if (!range) throw new ExpectedCodesUnreadable(text);
    const [one, other] = [Number(range[1]), Number(range[2] ?? range[1])];
    // The API takes the ends of a range in any order.
    const [first, last] = [Math.min(one, other), Math.max(one, other)];
    for (let code = first; code <= last; code += 1) codes.add(code);
  }
  if (codes.size === 0) throw new ExpectedCodesUnreadable(text);
  return [...codes].toSorted((a, b) => a - b).map(String);
}
