import type { ApiDependencies } from '../dependencies.ts';

/** What the dashboard needs of the API's process. */
export interface DashboardDependencies extends Pick<ApiDependencies, 'store' | 'config' | 'authenticator' | 'policy' | 'clock' | 'log'> {
  /** Where the built dashboard is (`dashboard/dist`); it may come later. */
  readonly directory: string;
}
