import { virtual } from './scheduler.ts';

let drawn: string[] = [];

/** `randomUUID` of the program. */
export function drawIdentifier(fallback: () => string): string {
  const id = virtual.identifier(fallback);
  drawn.push(id);
  return id;
}

/** The identifiers that `work` draws at once, and its result. */
export function identifiersOf<T>(work: () => T): { readonly result: T; readonly identifiers: readonly string[] } {
  drawn = [];
  const result = work();
  return { result, identifiers: drawn };
}
