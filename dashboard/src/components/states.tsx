import { Bullseye, Button, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter, Spinner } from '@patternfly/react-core';
import { CubesIcon } from '@patternfly/react-icons/dist/esm/icons/cubes-icon.js';
import { ExclamationCircleIcon } from '@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon.js';
import { SearchIcon } from '@patternfly/react-icons/dist/esm/icons/search-icon.js';
import type { ReactNode } from 'react';
import { ServiceFault } from '../api/http.ts';
import { useT } from '../i18n/i18n.tsx';

export function LoadingPage() {
  const t = useT();
  return <Bullseye className="loading"><Spinner aria-label={t('state.loading')} aria-valuetext={t('state.loading')} /></Bullseye>;
}

/** Nothing there yet: what it is for, and how to get the first. */
export function Empty({ title, body, actions }: { title: string; body: ReactNode; actions?: ReactNode }) {
  return (
    <EmptyState titleText={title} headingLevel="h2" icon={CubesIcon}>
      <EmptyStateBody>{body}</EmptyStateBody>
      {actions !== undefined && <EmptyStateFooter><EmptyStateActions>{actions}</EmptyStateActions></EmptyStateFooter>}
    </EmptyState>
  );
}

/** Filters that let nothing through, and the way out. */
export function NothingFound({ onClear }: { onClear: () => void }) {
  const t = useT();
  return (
    <EmptyState titleText={t('state.nothing-found')} headingLevel="h2" icon={SearchIcon} variant="sm">
      <EmptyStateBody>{t('state.nothing-found-explained')}</EmptyStateBody>
      <EmptyStateFooter><Button variant="link" onClick={onClear}>{t('action.clear-filters')}</Button></EmptyStateFooter>
    </EmptyState>
  );
}

/** A failure in the service's own words, with another try. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useT();
  const status = error instanceof ServiceFault ? error.status : null;
  const title = status === 0 ? t('state.unreachable') : status === 403 ? t('state.forbidden') : status === 404 ? t('state.not-found') : t('state.failed');
  return (
    <EmptyState titleText={title} headingLevel="h2" icon={ExclamationCircleIcon} status="danger">
      <EmptyStateBody>{error instanceof Error ? error.message : String(error)}</EmptyStateBody>
      {retry !== undefined && <EmptyStateFooter><Button variant="primary" onClick={retry}>{t('action.retry')}</Button></EmptyStateFooter>}
    </EmptyState>
  );
}
