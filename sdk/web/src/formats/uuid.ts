// A random identifier (UUIDv4, RFC 9562 §5.4); the browser's own maker of them exists on secure pages only.

/** `random` fills an array with random bytes and returns it, as `crypto.getRandomValues` does. */
export function uuid(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  const bytes = [...random(new Uint8Array(16))].map((byte, at) => {
    if (at === 6) return 0x40 | (byte & 0x0f);
    return at === 8 ? 0x80 | (byte & 0x3f) : byte;
  });
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
