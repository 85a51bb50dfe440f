import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { askWhenExpired, call, ServiceFault } from '../api/http.ts';
import { LoadingPage } from '../components/states.tsx';
import { useT } from '../i18n/i18n.tsx';
import { hrefOf } from '../router/router.tsx';
import { createOtherTabs, isSamePlace } from './other-tabs.ts';
import { ReloginDialog } from './relogin-dialog.tsx';
import { SignInPage } from './sign-in-page.tsx';
import { createWaitingCalls } from './waiting-calls.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Who is signed in, where, and what policy lets them do. */
export interface Session {
  readonly user: Named & { readonly domain: string };
  readonly project: Named | null;
  readonly projects: readonly Named[];
  readonly region: string | null;
  readonly regions: readonly string[];
  readonly roles: readonly string[];
  /** Operations policy allows in this project: `loadbalancer:post`. */
  readonly allowed: readonly string[];
  readonly services: readonly string[];
  readonly expiresAt: string;
  readonly hasPush: boolean;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  readonly project?: string;
  /** @default the region of this service */
  readonly region?: string;
}

interface SessionValue {
  readonly session: Session;
  /** True when policy allows an operation: `may('loadbalancer:post')`. */
  readonly may: (operation: string) => boolean;
  readonly switchTo: (place: { readonly project?: string; readonly region?: string }) => Promise<void>;
  readonly signOut: () => Promise<void>;
  /** Asks the user to sign in again, over whatever is on the screen; resolves when that is done. */
  readonly reportExpired: () => Promise<void>;
}

const otherTabs = createOtherTabs();

const SessionContext = createContext<SessionValue | null>(null);

/** Signs in before anything else is shown, and again, over the page as it is, when the token has ended. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const t = useT();
  const client = useQueryClient();
  const [session, setSession] = useState<Session | null | 'unknown'>('unknown');
  const [isExpired, setExpired] = useState(false);
  const [waiting] = useState(createWaitingCalls);

  useEffect(() => {
    void readSession().then(setSession);
  }, []);
  const reportExpired = useCallback(() => {
    setExpired(true);
    return waiting.wait();
  }, [waiting]);
  useEffect(() => askWhenExpired(reportExpired), [reportExpired]);

  const signIn = useCallback(async (credentials: Credentials) => {
    setSession((await call<{ session: Session }>('POST', '/session', credentials)).session);
    setExpired(false);
    waiting.goOn();
    otherTabs.tell();
  }, [waiting]);
  useEffect(() => otherTabs.onTold(() => void (async () => {
    const next = await readSession();
    // Signed out elsewhere: what is typed here stays, and the next call asks for the password.
    if (next === null) return;
    // What is on the screen is not theirs, and what is typed would be made in another project.
    if (session !== null && session !== 'unknown' && !isSamePlace(session, next)) return location.assign(hrefOf('/load-balancers'));
    setSession(next);
    setExpired(false);
    waiting.goOn();
  })()), [session, waiting]);
  const value = useMemo(() => {
    if (session === null || session === 'unknown') return null;
    const allowed = new Set(session.allowed);
    return {
      session, reportExpired,
      may: (operation: string) => allowed.has(operation),
      async switchTo(place: { project?: string; region?: string }) {
        const next = await call<{ session: Session }>('PUT', '/session', place);
        client.clear();
        setSession(next.session);
        otherTabs.tell();
      },
      async signOut() {
        await call('DELETE', '/session');
        client.clear();
        setSession(null);
      },
    };
  }, [session, client, reportExpired]);

  if (session === 'unknown') return <LoadingPage />;
  if (value === null) return <SignInPage signIn={signIn} />;
  return (
    <SessionContext value={value}>
      {children}
      {isExpired && <ReloginDialog session={value.session} signIn={signIn} leave={() => {
        setExpired(false);
        waiting.giveUp(new ServiceFault(401, t('session.expired')));
        client.clear();
        setSession(null);
      }} />}
    </SessionContext>
  );
}

export function useSession(): SessionValue {
  const value = use(SessionContext);
  if (value === null) throw new Error('useSession needs a SessionProvider above it.');
  return value;
}

/** Null when nobody is signed in. Failures show on the sign-in page when that is tried. */
async function readSession(): Promise<Session | null> {
  try {
    return (await call<{ session: Session | null }>('GET', '/session')).session;
  } catch (error) {
    if (error instanceof ServiceFault) return null;
    throw error;
  }
}
