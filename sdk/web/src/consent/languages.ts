// Language matching as the server does it (src/placet/formats/language_match.py): which published language is nearest.
import data from '../../../../src/placet/formats/language_matching.json' with { type: 'json' };

interface Tag {
  readonly language: string;
  readonly script: string;
  readonly region: string;
}

interface Tables {
  readonly aliases: Readonly<Record<string, string>>;
  readonly near: Readonly<Record<string, readonly string[]>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly regionScripts: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly regions: Readonly<Record<string, string>>;
  readonly clusters: Readonly<Record<string, readonly (readonly string[])[]>>;
}

const TABLES = data as Tables;
const FAR = 9;

const normal = (tag: string): string => tag.toLowerCase().replace(/_/g, '-');
const includes = (regions: string, region: string): boolean => region !== '' && regions.split(' ').includes(region);

function parsed(tag: string): Tag {
  const [first = '', ...rest] = normal(tag).split('-');
  const language = TABLES.aliases[first] ?? first;
  const written = /^[a-z]{4}$/.test(rest[0] ?? '') ? (rest.shift() ?? '') : first === 'sh' ? 'latn' : '';
  const region = /^(..|\d{3})$/.test(rest[0] ?? '') ? (rest[0] ?? '') : '';
  return { language, script: written || likelyScript(language, region), region };
}

function likelyScript(language: string, region: string): string {
  const elsewhere = Object.entries(TABLES.regionScripts[language] ?? {});
  return elsewhere.find(([, regions]) => includes(regions, region))?.[0] ?? TABLES.scripts[language] ?? '';
}

/** The region that speaks for this one, such as GB for Australia's English; empty where there is none. */
function cluster({ language, script, region }: Tag): string {
  const clusters = TABLES.clusters[`${language}-${script}`] ?? TABLES.clusters[language] ?? [];
  return clusters.find(([, regions = '']) => !regions || includes(regions, region))?.[0] ?? '';
}

function likelyRegion({ language, script }: Tag): string {
  return TABLES.regions[`${language}-${script}`] ?? TABLES.regions[language] ?? language;
}

function regionDistance(wanted: Tag, found: Tag): number {
  if (wanted.region === found.region) return 0;
  const likely = likelyRegion(wanted);
  if (!wanted.region) return found.region === likely ? 1 : 2;
  if (!found.region) return 3;
  const speaker = cluster(wanted);
  if (speaker === found.region) return 1;
  if (speaker && speaker === cluster(found)) return 2;
  return found.region === likely ? 4 : 5;
}

/** Languages weigh more than scripts, scripts more than places; from `FAR` hundreds on it is no match at all. */
function distance(wanted: Tag, found: Tag): number {
  const near = [wanted.language, ...(TABLES.near[wanted.language] ?? [])].indexOf(found.language);
  return (near < 0 ? FAR : near) * 100 + (wanted.script === found.script ? 0 : 10) + regionDistance(wanted, found);
}

/** The one of `languages` that is nearest to `wanted`, as it is spelled there; null when none is near. */
export function nearest(wanted: string, languages: readonly string[]): string | null {
  const exact = languages.find((language) => normal(language) === normal(wanted));
  if (exact !== undefined) return exact;
  const asked = parsed(wanted);
  const [best] = languages
    .map((language) => ({ language, far: distance(asked, parsed(language)) }))
    .sort((one, other) => one.far - other.far);
  return best && best.far < FAR * 100 ? best.language : null;
}
