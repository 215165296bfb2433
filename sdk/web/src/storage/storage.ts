// Local storage, which may be full, forbidden, or replaced by the page.

/** Keeps a text: true when it is read back. Where it cannot be kept, no older text stays under its key. */
export function store(key: string, text: string): boolean {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Full or forbidden: what is read back says so.
  }
  if (stored(key) === text) return true;
  discard(key);
  return false;
}

/** The text under this key, or null. */
export function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function discard(key: string): void {
  try {
    localStorage.removeItem(key);
  } catch {
    // Forbidden: then nothing is kept either.
  }
}

/** All keys that begin so, sorted. */
export function keysFrom(start: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(start)).sort();
  } catch {
    return [];
  }
}
