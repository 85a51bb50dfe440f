import { Button, FormSelect, FormSelectOption, Masthead, MastheadBrand, MastheadContent, MastheadLogo, MastheadMain, MastheadToggle, Nav, NavItem, NavList, Page, PageSection, PageSidebar, PageSidebarBody, PageToggleButton, SkipToContent, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import { BarsIcon } from '@patternfly/react-icons/dist/esm/icons/bars-icon.js';
import { useState, type ReactNode } from 'react';
import { useChanges } from '../data/changes.tsx';
import { useSend } from '../data/objects.ts';
import { useT } from '../i18n/i18n.tsx';
import { hrefOf, Link, useRouter } from '../router/router.tsx';
import { NAVIGATION } from '../routes.tsx';
import { useSession } from '../session/session.tsx';
import { LanguageSelect } from './language-select.tsx';
import { THEMES, useTheme, type Theme } from './theme.ts';

/** What is around every page: who and where, the way to other pages. */
export function Shell({ children }: { children: ReactNode }) {
  const t = useT();
  return (
    <Page masthead={<Head />} sidebar={<Sidebar />} skipToContent={<SkipToContent href="#main">{t('app.skip')}</SkipToContent>} isManagedSidebar mainContainerId="main" mainAriaLabel={t('app.main')}>
      {children}
    </Page>
  );
}

function Head() {
  const t = useT();
  const { session, switchTo, signOut } = useSession();
  const send = useSend();
  const { isLive } = useChanges();
  const [theme, setTheme] = useTheme();
  const [isSwitching, setSwitching] = useState(false);
  const { navigate } = useRouter();
  const change = async (place: { project?: string; region?: string }) => {
    setSwitching(true);
    const hasSwitched = await send(() => switchTo(place), {});
    setSwitching(false);
    if (hasSwitched) navigate('/load-balancers');
  };
  return (
    <Masthead>
      <MastheadMain>
        <MastheadToggle><PageToggleButton variant="plain" aria-label={t('app.navigation')}><BarsIcon /></PageToggleButton></MastheadToggle>
        <MastheadBrand><MastheadLogo component="a" href={hrefOf('/load-balancers')}><img src="/dashboard/favicon.svg" alt="" width="28" height="28" /> <span className="brand">{t('app.title')}</span></MastheadLogo></MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic isFullHeight>
          <ToolbarContent>
            <ToolbarGroup variant="filter-group">
              <ToolbarItem>
                <FormSelect aria-label={t('session.project')} className="small-select" value={session.project?.id ?? ''} isDisabled={isSwitching} onChange={(_event, project) => void change({ project })}>
                  {session.projects.map((project) => <FormSelectOption key={project.id} value={project.id} label={project.name} />)}
                </FormSelect>
              </ToolbarItem>
              {session.regions.length > 0 && (
                <ToolbarItem>
                  <FormSelect aria-label={t('session.region')} className="small-select" value={session.region ?? ''} isDisabled={isSwitching} onChange={(_event, region) => void change({ region })}>
                    {session.regions.map((region) => <FormSelectOption key={region} value={region} label={region} />)}
                  </FormSelect>
                </ToolbarItem>
              )}
            </ToolbarGroup>
            <ToolbarGroup align={{ default: 'alignEnd' }}>
              <ToolbarItem className="live" alignSelf="center" role="status"><span className={isLive ? 'live__dot live__dot--on' : 'live__dot'} aria-hidden="true" /><span>{isLive ? t('app.live') : t('app.not-live')}</span></ToolbarItem>
              <ToolbarItem>
                <FormSelect aria-label={t('app.theme')} className="small-select" value={theme} onChange={(_event, chosen) => setTheme(chosen as Theme)}>
                  {THEMES.map((one) => <FormSelectOption key={one} value={one} label={t(`app.theme.${one}`)} />)}
                </FormSelect>
              </ToolbarItem>
              <ToolbarItem><LanguageSelect /></ToolbarItem>
              <ToolbarItem><Button variant="link" onClick={() => void send(signOut, {})}>{t('session.sign-out', { user: session.user.name })}</Button></ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  );
}

function Sidebar() {
  const t = useT();
  const { path } = useRouter();
  const { may } = useSession();
  return (
    <PageSidebar>
      <PageSidebarBody>
        <Nav aria-label={t('app.navigation')}>
          <NavList>
            {NAVIGATION.filter(({ needs }) => needs === undefined || may(needs)).map(({ to, label }) => (
              <NavItem key={to} isActive={path === to || path.startsWith(`${to}/`)} itemId={to}>
                <Link to={to} className="pf-v6-c-nav__link" {...(path === to && { 'aria-current': 'page' as const })}>{t(label)}</Link>
              </NavItem>
            ))}
          </NavList>
        </Nav>
      </PageSidebarBody>
    </PageSidebar>
  );
}

/** Title line and body of a page. */
export function PageBody({ title, subtitle, breadcrumb, actions, children }: { title: ReactNode; subtitle?: ReactNode; breadcrumb?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <>
      <PageSection className="page-head" hasBodyWrapper={false}>
        {breadcrumb}
        <div className="page-head__line">
          <div>
            <h1 className="page-head__title">{title}</h1>
            {subtitle !== undefined && <div className="page-head__subtitle">{subtitle}</div>}
          </div>
          {actions !== undefined && <div className="page-head__actions">{actions}</div>}
        </div>
      </PageSection>
      <PageSection hasBodyWrapper={false} isFilled>{children}</PageSection>
    </>
  );
}
