// The protocol of `<amp-consent>`, whose frame shows the banner of an AMP page.
import type { Site } from '../consent/site.ts';
import { CONSENT_EVENT } from '../globals/announce.ts';

/** Notifies AMP when the frame is ready, and of the answer. */
export function tellAmp(site: Site): void {
  const tell = (message: object): void => window.parent.postMessage(message, '*');
  const optional = site.groups.filter(({ status }) => status !== 'always active').map(({ id }) => id);
  tell({ type: 'consent-ui', action: 'ready' });
  window.addEventListener(CONSENT_EVENT, (event) => {
    const { detail } = event as CustomEvent<string[]>;
    const action = optional.some((id) => detail.includes(id)) ? 'accept' : 'reject';
    tell({ type: 'consent-response', action, info: detail.join(',') });
  });
}
