// `document.cookie` where it may be hidden by a form of that name, or forbidden, as in a sandboxed frame.

/** All cookies the page may see; none where cookies are forbidden. */
export function cookies(): string {
  try {
    return Reflect.get<object, string>(Document.prototype, 'cookie', document) as string;
  } catch {
    return '';
  }
}

/** Sets one cookie; nothing happens where cookies are forbidden. */
export function setCookie(text: string): void {
  try {
    // A script that watches cookies defines a property on the document itself: it sees this write, too.
    const own = Object.getOwnPropertyDescriptor(document, 'cookie');
    if (own?.set) own.set.call(document, text);
    else Reflect.set(Document.prototype, 'cookie', text, document);
  } catch {
    // Forbidden: an answer lasts as long as this page.
  }
}
