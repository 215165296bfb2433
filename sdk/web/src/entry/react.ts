// Consent for React: hooks that follow the visitor's answers, on the server, while hydrating and after.
import { type ReactNode, useSyncExternalStore } from 'react';
import { NOTHING, type State, acceptAll, has, open, rejectAll, save, state, subscribe } from './api.ts';

export * from './api.ts';

/** What is known, and what a screen of your own can do about it. */
export interface Consent extends State {
  readonly has: (category: string) => boolean;
  readonly acceptAll: () => void;
  readonly rejectAll: () => void;
  readonly save: (answers: Readonly<Record<string, boolean>>) => void;
  /** Opens the preference centre. */
  readonly open: () => void;
}

const nothing = (): State => NOTHING;
const no = (): boolean => false;

/** Everything about consent; renders anew whenever some of it changes. The server's page is that of a stranger. */
export function useConsent(): Consent {
  const now = useSyncExternalStore(subscribe, state, nothing);
  return { ...now, has: (category) => now.active.includes(category), acceptAll, rejectAll, save, open };
}

/** May this category's code run? Renders anew only when that changes. */
export function useCategory(category: string): boolean {
  return useSyncExternalStore(subscribe, () => has(category), no);
}

export interface ConsentedProps {
  readonly category: string;
  readonly children?: ReactNode;
  /** Shown in its place until there is consent. */
  readonly otherwise?: ReactNode;
}

/** Its children, once the category has consent. */
export function Consented({ category, children, otherwise = null }: ConsentedProps): ReactNode {
  return useCategory(category) ? children : otherwise;
}
