// Reads the cases that every language runs (vectors/README.md), and builds sites to decide about.
import { readFileSync } from 'node:fs';
import type { Category, Site } from '../src/consent/site.ts';

declare const VECTORS: string;

/** Every case of a file. */
export function cases<Case>(name: string): Case[] {
  const lines = readFileSync(VECTORS + name, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Case);
}

/** A whole file of them. */
export function published(name: string): unknown {
  return JSON.parse(readFileSync(VECTORS + name, 'utf8'));
}

export function aCategory(id: string, more: Partial<Category> = {}): Category {
  const usual = { purpose: `p-${id}`, name: id, description: [], kind: 'COOKIE', parent: '', gpc: false };
  return { id, status: 'inactive', ...usual, ...more };
}

export const GROUPS = [
  aCategory('C0001', { status: 'always active' }),
  aCategory('C0002'),
  aCategory('C0004', { gpc: true }),
];

/** A site that asks for what is necessary, for counting and for ads. */
export function aSite(groups: readonly Category[] = GROUPS, rule: Partial<Site['rule']> = {}): Site {
  const usual = { id: 'eu', name: 'Europe', type: 'GDPR', model: 'opt-in', shows: true, days: 365, reconsentAt: 0 };
  const whole = { ...usual, objects: false, google: {}, regions: [], ...rule } as Site['rule'];
  return { groups, vendors: [], rule: whole } as unknown as Site;
}
