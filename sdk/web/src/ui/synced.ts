// A notice that a known person's saved choices hold here now (web-sdk.md §13.3).
import { CROSS, h, icon } from './dom.ts';
import type { DeferredScreens } from './deferred_screens.ts';
import type { Screen } from './screen.ts';

/** Says so, once: it goes when it is closed, or when the preference centre is opened from it. */
export async function saySynced(screen: Screen, later: DeferredScreens): Promise<void> {
  const { words } = screen.session.site;
  const { synced } = await later.words();
  if (!synced || document.getElementById('ot-sync-ntfy')) return;
  const away = (): void => notice.remove();
  const open = (): void => {
    away();
    later.open('Button');
  };
  const notice: HTMLElement = h(
    'div',
    { id: 'ot-sync-ntfy', role: 'status', lang: screen.session.site.language },
    h('p', {}, synced),
    h('button', { type: 'button', class: 'ot-link-btn', onclick: open }, words['settings'] ?? ''),
    h('button', { type: 'button', class: 'ot-icon-btn', 'aria-label': words['close'], onclick: away }, icon(CROSS)),
  );
  screen.root.append(notice);
}
