import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect } from 'react';
import { ServiceFault } from './api/http.ts';
import { ErrorBoundary } from './components/error-boundary.tsx';
import { Empty, LoadingPage } from './components/states.tsx';
import { ToastProvider } from './components/toasts.tsx';
import { ChangesProvider } from './data/changes.tsx';
import { I18nProvider, useT } from './i18n/i18n.tsx';
import { matchRoute } from './router/match-route.ts';
import { Link, RouterProvider, useRouter } from './router/router.tsx';
import { ROUTES } from './routes.tsx';
import { SessionProvider } from './session/session.tsx';
import { Shell } from './shell/shell.tsx';

// What is shown is kept current by pushed changes; a refusal does not get better by asking again.
const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 30_000, retry: (count, error) => count < 2 && !(error instanceof ServiceFault && error.status >= 400 && error.status < 500) } },
});

export function App() {
  return (
    <I18nProvider>
      <QueryClientProvider client={queries}>
        <RouterProvider>
          <SessionProvider>
            <ChangesProvider>
              <ToastProvider>
                <Shell><Routed /></Shell>
              </ToastProvider>
            </ChangesProvider>
          </SessionProvider>
        </RouterProvider>
      </QueryClientProvider>
    </I18nProvider>
  );
}

function Routed() {
  const t = useT();
  const { path, navigate } = useRouter();
  useEffect(() => {
    if (path === '/') navigate('/load-balancers', { replace: true });
  }, [path, navigate]);
  if (path === '/') return <LoadingPage />;
  for (const { path: pattern, page: Page } of ROUTES) {
    const parameters = matchRoute(pattern, path);
    if (parameters !== null) return <ErrorBoundary key={path}><Suspense fallback={<LoadingPage />}><Page parameters={parameters} /></Suspense></ErrorBoundary>;
  }
  return <Empty title={t('state.no-page')} body={t('state.no-page-explained')} actions={<Link to="/load-balancers">{t('nav.load-balancers')}</Link>} />;
}
