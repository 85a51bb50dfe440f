import { writeVerdict } from '../haproxy/verdict.ts';
import { readFigures, type FailingMember } from '../../haproxy/read-figures.ts';
import { readStatRows, readStats } from '../../haproxy/read-stats.ts';
import { netnsExists } from '../../../lib/linux/netns.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { ListenerReport, PoolReport } from '../../protocol/heartbeat-message.ts';
import type { AgentState } from '../agent-state.ts';
import { askHaproxy, HaproxyUnreachable } from '../haproxy/haproxy-socket.ts';
import type { FigureReading } from './figure-counters.ts';

/** One reading of everything that is served; counters are absolute. */
export interface Reading {
  readonly listeners: readonly { readonly id: string; readonly report: ListenerReport; /** Pid of the counting process. */ readonly process: number }[];
  readonly pools: Readonly<Record<string, PoolReport>>;
  /** Of each haproxy: open connections and counters by listener, pool and member. */
  readonly figures: readonly FigureReading[];
  readonly failing: ReadonlyMap<string, FailingMember>;
  /** UDP and SCTP listeners that are to be served, whether or not they are at this moment. */
  readonly l4Listeners: readonly string[];
}

const NOTHING: Reading = { listeners: [], pools: {}, figures: [], failing: new Map(), l4Listeners: [] };

/** How long haproxy may be silent, for whatever reason, before VRRP is told to give the VIP away. */
const SILENCE_LIMIT_MS = 5000;

/** Reads the state of an amphora. */
export class Collector {
  readonly #state: AgentState;
  readonly #clock: Clock;
  /** Since when a haproxy runs without answering. */
  readonly #silentSince = new Map<string, number>();

  constructor(state: AgentState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  /**
   * Null while this amphora must not claim to be well: its namespace is gone, the VIP's interface is not set up, keepalived is configured but does not run,
   * or a started haproxy is gone or silent.
   */
  async read(): Promise<Reading | null> {
    const { world, vrrp, files, lvs, plugger } = this.#state;
    if (!netnsExists(world.netns) || !plugger.servesVip) return null;
    if ((await vrrp.isConfigured()) && !(await vrrp.isRunning())) return this.#revive();
    const parts: (Reading | null)[] = [];
    for (const id of await files.list()) parts.push(await this.#readHaproxy(id));
    const l4Listeners = await lvs.list();
    for (const id of l4Listeners) parts.push(await this.#readL4(id));
    const present = parts.filter((part) => part !== null);
    if (present.length < parts.length) return null;
    return {
      listeners: present.flatMap((part) => part.listeners), pools: Object.assign({}, ...present.map((part) => part.pools)) as Record<string, PoolReport>,
      figures: present.flatMap((part) => part.figures), failing: new Map(present.flatMap((part) => [...part.failing])), l4Listeners,
    };
  }

  async #readHaproxy(id: string): Promise<Reading | null> {
    const { haproxy, applier, paths } = this.#state;
    if (!(await haproxy.isRunning(id))) {
      this.#silentSince.delete(id);
      this.#state.hangs.forget(id);
      return (await applier.isStarted(id)) ? this.#revive() : NOTHING;
    }
    const askedAt = this.#clock.now();
    try {
      const { text, process } = await this.#state.hangs.over(id, async () => {
        const answer = await askHaproxy(paths.onHost(paths.adminSocket(id)), 'show info;show stat', SILENCE_LIMIT_MS);
        const worker = Number(/^Pid: (\d+)$/m.exec(answer)?.[1] ?? 0);
        return { answer: { text: answer, process: worker }, worker };
      });
      await this.#hears(id);
      const uptimeSeconds = Number(/^Uptime_sec: (\d+)$/m.exec(text)?.[1] ?? 0);
      const rows = readStatRows(text.slice(text.indexOf('# pxname')));
      const { listeners, pools } = readStats(rows, applier.leaving(id));
      const { figures, failing } = readFigures(rows);
      if (applier.leaving(id).size > 0) await applier.finishRemovals(id);
      return { ...NOTHING, listeners: Object.entries(listeners).map(([listenerId, report]) => ({ id: listenerId, report, process })), pools, figures: [{ id, byObject: figures, process, uptimeSeconds }], failing };
    } catch (error) {
      if (!(error instanceof HaproxyUnreachable)) throw error;
      await this.#missesAnswer(id, askedAt);
      return null;
    }
  }

  /** A daemon that is gone has a supervisor that starts it; should that be gone too, it is started anew. */
  async #revive(): Promise<null> {
    const { serials, services } = this.#state;
    await serials.haproxy.run(() => serials.vrrp.run(() => services.revive()));
    return null;
  }

  async #readL4(id: string): Promise<Reading | null> {
    const report = await this.#state.lvs.report(id);
    if (!report) return NOTHING;
    return { ...NOTHING, listeners: [{ id, report: report.listener, process: 0 }], pools: report.pool ? { [report.pool.id]: report.pool.report } : {} };
  }

  async #hears(id: string): Promise<void> {
    if (!this.#silentSince.delete(id)) return;
    await writeVerdict(this.#state.paths, id, 'well');
  }

  async #missesAnswer(id: string, askedAt: number): Promise<void> {
    const since = this.#silentSince.get(id) ?? askedAt;
    this.#silentSince.set(id, since);
    if (this.#clock.now() - since < SILENCE_LIMIT_MS) return;
    this.#state.log.error({ lb: id }, 'haproxy runs but does not answer');
    await writeVerdict(this.#state.paths, id, 'unresponsive');
  }
}
