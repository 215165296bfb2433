// Modules that scripts import: an import map without addresses for what is held back when the page begins.
import { trusted } from '../globals/trusted_types.ts';
import { type Table, heldBack } from './table.ts';

/** Makes `import` of these addresses fail on this page; one that is allowed later loads on the next page. */
export function guardImports(table: Table, tag: HTMLScriptElement | null): void {
  const held = table.rows.filter(({ Tag }) => heldBack(table, Tag).length).map(({ Tag }) => Tag.replace(/^(https?:)?\/\//, ''));
  const addresses = held.flatMap((address) => {
    const whole = address.includes('/') ? address : `${address}/`;
    return [`https://${whole}`, `http://${whole}`];
  });
  if (!addresses.length) return;
  const map = document.createElement('script');
  map.type = 'importmap';
  if (tag?.nonce) map.nonce = tag.nonce;
  map.text = trusted.createScript(JSON.stringify({ imports: Object.fromEntries(addresses.map((each) => [each, null])) }));
  if (tag?.isConnected) tag.after(map);
  else document.head.prepend(map);
}
