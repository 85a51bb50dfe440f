import { useSyncExternalStore } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED = 'octavia.theme';
const DARK_CLASS = 'pf-v6-theme-dark';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

let theme: Theme = THEMES.find((one) => one === localStorage.getItem(STORED)) ?? 'system';

/** Puts the chosen colours on the page and keeps them there; `system` follows the browser as it changes. Call it once. */
export function startTheme(): void {
  system.addEventListener('change', apply);
  apply();
}

/** The chosen colour scheme and how to choose another. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  return [useSyncExternalStore(subscribe, () => theme), choose];
}

function choose(chosen: Theme): void {
  theme = chosen;
  localStorage.setItem(STORED, chosen);
  apply();
  for (const listener of listeners) listener();
}

function apply(): void {
  document.documentElement.classList.toggle(DARK_CLASS, theme === 'dark' || (theme === 'system' && system.matches));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}
