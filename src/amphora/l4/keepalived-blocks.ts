import { L4ConfigRejected } from './l4-service.ts';

/** One `words { ... }` block of a keepalived file; the file itself is the outermost, with no words. */
export interface Block {
  readonly words: readonly string[];
  /** Comments of the surrounding block that stand between the block before and this one, without `#`. */
  readonly commentsBefore: readonly string[];
  readonly comments: readonly string[];
  readonly lines: readonly (readonly string[])[];
  readonly blocks: readonly Block[];
}

interface OpenBlock extends Block {
  readonly comments: string[];
  readonly lines: string[][];
  readonly blocks: Block[];
  commentsSinceBlock: string[];
}

/** Reads keepalived's nested blocks, keeping comments: Octavia stores ids in them. */
export function readBlocks(text: string): Block {
  const stack: OpenBlock[] = [openBlock([], [])];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const current = stack.at(-1);
    if (!current) throw new L4ConfigRejected(`line ${index + 1}: one brace too many`);
    if (line === '') continue;
    if (line.startsWith('#') || line.startsWith('!')) {
      const comment = line.slice(1).trim();
      current.comments.push(comment);
      current.commentsSinceBlock.push(comment);
    } else if (line === '}') {
      stack.pop();
    } else if (line.endsWith('{')) {
      const opened = openBlock(splitWords(line.slice(0, -1)), current.commentsSinceBlock);
      current.commentsSinceBlock = [];
      current.blocks.push(opened);
      stack.push(opened);
    } else {
      current.lines.push(splitWords(line));
    }
  }
  const [root] = stack;
  if (stack.length !== 1 || !root) throw new L4ConfigRejected('a block is not closed');
  return root;
}

function openBlock(words: readonly string[], commentsBefore: readonly string[]): OpenBlock {
  return { words, commentsBefore, comments: [], lines: [], blocks: [], commentsSinceBlock: [] };
}

function splitWords(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}
