import { useEffect, useState, type RefObject } from 'react';

/** A line between two cards, by their `data-node`. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly status: string;
}

interface Line extends Edge {
  readonly path: string;
}

/** With more lines than these only those of the card under the pointer or the focus, and of trouble, stand out. */
const CALM_UP_TO = 24;

/** Decoration: the same is said in words on the cards. Drawn anew when anything in the picture changes its place. */
export function Edges({ picture, edges, near }: { picture: RefObject<HTMLElement | null>; edges: readonly Edge[]; near: string | null }) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const key = JSON.stringify(edges);
  // Not a layout effect: those of a child run before the picture around it is known.
  useEffect(() => {
    const element = picture.current;
    if (element === null) return undefined;
    const draw = () => {
      const next = (JSON.parse(key) as readonly Edge[]).flatMap((edge) => lineOf(element, edge));
      setLines((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    for (const card of element.querySelectorAll('[data-node]')) observer.observe(card);
    return () => observer.disconnect();
  }, [picture, key]);
  return (
    <svg className="topology__edges" aria-hidden="true" focusable="false">
      {lines.map(({ from, to, status, path }) => {
        const isFaint = lines.length > CALM_UP_TO && status === 'ONLINE' && from !== near && to !== near;
        return <path key={`${from}/${to}`} d={path} className={`topology__edge topology__edge--${status}${isFaint ? ' topology__edge--faint' : ''}`} />;
      })}
    </svg>
  );
}

/** Cards begin with their names: lines meet them there, however long they are. */
const NAME_HEIGHT = 24;

function lineOf(picture: HTMLElement, edge: Edge): readonly Line[] {
  const frame = picture.getBoundingClientRect();
  const [from, to] = [edge.from, edge.to].map((id) => picture.querySelector(`[data-node="${CSS.escape(id)}"]`)?.getBoundingClientRect());
  // Columns below each other on narrow screens need no lines.
  if (from === undefined || to === undefined || to.left < from.right) return [];
  const [x1, y1, x2, y2] = [from.right - frame.left, from.top - frame.top + NAME_HEIGHT, to.left - frame.left, to.top - frame.top + NAME_HEIGHT].map(Math.round);
  const middle = Math.round(((x1 ?? 0) + (x2 ?? 0)) / 2);
  return [{ ...edge, path: `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}` }];
}
