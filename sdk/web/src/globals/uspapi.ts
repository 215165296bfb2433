// `__uspapi`: the US Privacy string for scripts that still use it (iab.md §7.3).
import { takeOver } from './iab_queue.ts';

type Callback = (answer: unknown, success: boolean) => void;

/** Answers with what `string` says at that moment. */
export function answerUsp(string: () => string): void {
  takeOver('__uspapi', (...[command, version, callback]: readonly unknown[]) => {
    if (typeof callback !== 'function') return undefined;
    const answer = callback as Callback;
    if (command === 'getUSPData' && version === 1) answer({ version: 1, uspString: string() }, true);
    else answer(null, false);
    return undefined;
  });
}
