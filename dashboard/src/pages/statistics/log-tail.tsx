import { Alert, Button, TextInput } from '@patternfly/react-core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { ServiceFault } from '../../api/http.ts';
import { readAccessLog, type LogLine } from '../../data/figures.ts';
import { useStatusTree } from '../../data/objects.ts';
import { useIsVisible } from '../../data/use-is-visible.ts';
import { useT, type Translate } from '../../i18n/i18n.tsx';
import { namesIn } from './names.ts';
import { rawWords, readableLine } from './readable-line.ts';

/** Lines kept on the page. */
const MAX_LINES = 500;
const RETRY_MS = 3000;
/** A moment after the last key, so that not every letter is asked for. */
const TYPING_MS = 400;

interface Tail {
  readonly lines: readonly (LogLine & { readonly number: number })[];
  readonly isKept: boolean;
  readonly problem: string | null;
}

/** The access log as it grows, of all amphorae, with a filter that the service applies. */
export function LogTail({ id }: { id: string }) {
  const t = useT();
  const [isOn, setOn] = useState(true);
  const [typed, setTyped] = useState('');
  const [filter, setFilter] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setFilter(typed.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const tree = useStatusTree(id);
  const names = useMemo(() => namesIn(tree.data), [tree.data]);
  const isVisible = useIsVisible();
  const tail = useTail(id, rawWords(filter, names), isOn && isVisible);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [tail.lines]);
  return (
    <>
      <div className="statistics__tools">
        <TextInput className="log-tail__filter" type="search" aria-label={t('log.filter')} placeholder={t('log.filter')} value={typed} onChange={(_event, value) => setTyped(value)} />
        <Button variant="secondary" size="sm" onClick={() => setOn(!isOn)}>{t(isOn ? 'log.pause' : 'log.follow')}</Button>
      </div>
      {tail.problem !== null && <Alert component="div" isInline variant="info" title={tail.problem} />}
      {!tail.isKept && <Alert component="div" isInline variant="info" title={t('log.not-kept')} />}
      <div ref={end} className="log-tail" role="log" aria-label={t('log.title')} tabIndex={0}>
        {tail.lines.length === 0 && tail.problem === null ? <p className="subtle">{t('log.empty')}</p> : tail.lines.map(({ number, text }) => <p key={number} className="event-line" title={text}>{readableLine(text, id, names)}</p>)}
      </div>
    </>
  );
}

function useTail(id: string, filter: string, isOn: boolean): Tail {
  const t = useT();
  const [tail, setTail] = useState<Tail>({ lines: [], isKept: true, problem: null });
  const cursor = useRef<string | null>(null);
  const number = useRef(0);
  useEffect(() => {
    cursor.current = null;
    setTail({ lines: [], isKept: true, problem: null });
  }, [id, filter]);
  useEffect(() => {
    if (!isOn) return undefined;
    const gone = new AbortController();
    const isGone = () => gone.signal.aborted;
    const follow = async () => {
      while (!isGone()) {
        try {
          const log = await readAccessLog(id, cursor.current, filter, gone.signal);
          if (isGone()) return;
          cursor.current = log.cursor;
          const lines = log.lines.map((line) => ({ ...line, number: (number.current += 1) }));
          setTail((before) => ({ lines: lines.length === 0 ? before.lines : [...before.lines, ...lines].slice(-MAX_LINES), isKept: log.is_kept, problem: null }));
        } catch (error) {
          if (isGone()) return;
          setTail((before) => ({ ...before, problem: problemOf(t, error) }));
          // What this provider or amphora cannot do it will not be able to do in a moment.
          if (error instanceof ServiceFault && error.status > 0 && error.status < 502 && error.status !== 500) return;
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        }
      }
    };
    void follow();
    return () => gone.abort();
  }, [id, filter, isOn, t]);
  return tail;
}

function problemOf(t: Translate, error: unknown): string {
  if (error instanceof ServiceFault && error.status === 501) return t('log.not-shown');
  return error instanceof Error ? error.message : String(error);
}
