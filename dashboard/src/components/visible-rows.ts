import { useEffect, useState, type RefObject } from 'react';

/** Rows kept in the page above and below those on the screen, so that scrolling meets no gaps. */
const MARGIN = 5;

/** Which rows of a scrolled table are on the screen (last is exclusive); all of them when it is off. */
export function useVisibleRows(scroller: RefObject<HTMLElement | null>, { count, rowHeight, isOn }: { count: number; rowHeight: number; isOn: boolean }): { readonly first: number; readonly last: number } {
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const element = scroller.current;
    if (!isOn || element === null) return undefined;
    const read = () => setTop(Math.floor(element.scrollTop / rowHeight));
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, [scroller, rowHeight, isOn]);
  if (!isOn) return { first: 0, last: count };
  const shown = Math.ceil(height / rowHeight);
  const first = Math.max(0, Math.min(top, count - shown) - MARGIN);
  return { first, last: Math.min(count, first + shown + 2 * MARGIN) };
}
