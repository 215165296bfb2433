// The mParticle integration as a script tag: between `window.mParticle.config` and mParticle's own script.
import { page } from '../globals/page.ts';
import { type Mparticle, type MparticleOptions, connect } from './mparticle.ts';
import { ownTag } from './tag.ts';

const global = page as unknown as { mParticle?: Mparticle & { config?: Record<string, unknown> } };

function optionsOf({ dataset }: HTMLScriptElement): MparticleOptions {
  const { purposes, sale, event } = dataset;
  return {
    ...(purposes && { purposes: JSON.parse(purposes) as Record<string, string> }),
    ...(sale && { sale: sale.split(',') }),
    ...(event !== undefined && { event: event === 'false' ? false : event }),
  };
}

const tag = ownTag('mparticle-tag.js');
if (tag) {
  const found = (global.mParticle ??= {});
  // What stands under the global is replaced when the SDK has loaded.
  found.config = connect(() => global.mParticle, found.config ?? {}, optionsOf(tag));
}
