import type { ComponentType } from 'react';
import { lazily } from './components/lazily.ts';
import type { MessageKey } from './i18n/en/index.ts';
import type { Parameters } from './router/match-route.ts';

export interface PageProps {
  readonly parameters: Parameters;
}

interface RouteEntry {
  /** Below /dashboard. */
  readonly path: string;
  readonly page: ComponentType<PageProps>;
}

/** Pages are fetched when they are first opened. A page module exports its component by name. */
const page = <M, N extends string & keyof M>(load: () => Promise<M>, name: N) => lazily(name, async () => (await load())[name] as ComponentType<PageProps>);

const ListPage = page(() => import('./pages/load-balancers/list-page.tsx'), 'ListPage');
const WizardPage = page(() => import('./pages/wizard/wizard-page.tsx'), 'WizardPage');
const ProgressPage = page(() => import('./pages/wizard/progress-page.tsx'), 'ProgressPage');
const LoadBalancerPage = page(() => import('./pages/load-balancer/load-balancer-page.tsx'), 'LoadBalancerPage');
const ListenerPage = page(() => import('./pages/load-balancer/listener-page.tsx'), 'ListenerPage');
const PoolPage = page(() => import('./pages/load-balancer/pool-page.tsx'), 'PoolPage');
const PolicyPage = page(() => import('./pages/load-balancer/policy-page.tsx'), 'PolicyPage');
const OperatorPage = page(() => import('./pages/operator/operator-page.tsx'), 'OperatorPage');

/** Every address of the dashboard. Tabs within a page are `?tab=`. */
export const ROUTES: readonly RouteEntry[] = [
  { path: '/load-balancers', page: ListPage },
  { path: '/load-balancers/create', page: WizardPage },
  { path: '/load-balancers/:id', page: LoadBalancerPage },
  { path: '/load-balancers/:id/progress', page: ProgressPage },
  { path: '/load-balancers/:id/listeners/:listener', page: ListenerPage },
  { path: '/load-balancers/:id/pools/:pool', page: PoolPage },
  { path: '/load-balancers/:id/listeners/:listener/policies/:policy', page: PolicyPage },
  { path: '/operator', page: OperatorPage },
];

/** The menu; `needs` is the operation that policy must allow for an entry to show. */
export const NAVIGATION: readonly { readonly to: string; readonly label: MessageKey; readonly needs?: string }[] = [
  { to: '/load-balancers', label: 'nav.load-balancers' },
  { to: '/operator', label: 'nav.operator', needs: 'amphora:get_all' },
];
