// Klaro as its documentation sets it up.
import 'klaro/dist/klaro.css';
import * as klaro from 'klaro/dist/klaro-no-css';
import { TEXT, CATEGORIES } from './words.js';

const [necessary, ...others] = CATEGORIES;
klaro.setup({
  version: 1,
  acceptAll: true,
  lang: 'en',
  translations: {
    en: {
      consentNotice: { title: TEXT.title, description: TEXT.text, learnMore: TEXT.manage },
      ok: TEXT.accept,
      acceptAll: TEXT.accept,
      decline: TEXT.reject,
      purposes: Object.fromEntries(CATEGORIES.map(({ id, name, text }) => [id, { title: name, description: text }])),
    },
  },
  services: [
    { name: necessary.id, purposes: [necessary.id], required: true },
    ...others.map(({ id }) => ({ name: id, purposes: [id] })),
  ],
});
