import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { en, type MessageKey, type Messages } from './en/index.ts';

export type { MessageKey } from './en/index.ts';

/** Languages of the dashboard, in their own words. */
export const LANGUAGES = { en: 'English', vi: 'Tiếng Việt', zh: '中文' } as const;
export type Language = keyof typeof LANGUAGES;

/** Catalogues other than English are fetched when they are chosen. */
const LOADERS: Readonly<Record<Exclude<Language, 'en'>, () => Promise<Messages>>> = {
  vi: async () => (await import('./vi/index.ts')).vi,
  zh: async () => (await import('./zh/index.ts')).zh,
};

export type Translate = (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;

interface I18n {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: Translate;
}

const I18nContext = createContext<I18n | null>(null);
const STORED = 'octavia.language';

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(preferredLanguage);
  const [messages, setMessages] = useState<Messages | null>(language === 'en' ? en : null);
  useEffect(() => {
    let isCurrent = true;
    document.documentElement.lang = language;
    const load = language === 'en' ? Promise.resolve<Messages>(en) : LOADERS[language]();
    // Without its catalogue a language falls back to English rather than to nothing.
    void load.catch(() => en).then((loaded) => isCurrent && setMessages(loaded));
    return () => {
      isCurrent = false;
    };
  }, [language]);
  const choose = useCallback((chosen: Language) => {
    localStorage.setItem(STORED, chosen);
    setLanguage(chosen);
  }, []);
  const i18n = useMemo(() => messages && { language, setLanguage: choose, t: translator(messages) }, [language, messages, choose]);
  return i18n === null ? null : <I18nContext value={i18n}>{children}</I18nContext>;
}

export function useI18n(): I18n {
  const i18n = use(I18nContext);
  if (i18n === null) throw new Error('useI18n needs an I18nProvider above it.');
  return i18n;
}

export const useT = (): Translate => useI18n().t;

/** Whether a text made from parts (`field.${name}`) is a key of the catalogue. */
export const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(en, key);

function translator(messages: Messages): Translate {
  return (key, values = {}) => messages[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

function preferredLanguage(): Language {
  const wanted = [localStorage.getItem(STORED), ...navigator.languages].flatMap((tag) => tag?.slice(0, 2).toLowerCase() ?? []);
  return (Object.keys(LANGUAGES) as Language[]).find((language) => language === wanted.find((tag) => Object.hasOwn(LANGUAGES, tag))) ?? 'en';
}
