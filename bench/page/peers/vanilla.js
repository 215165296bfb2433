// vanilla-cookieconsent as its documentation sets it up.
import 'vanilla-cookieconsent/dist/cookieconsent.css';
import { run } from 'vanilla-cookieconsent';
import { TEXT, CATEGORIES } from './words.js';

const sections = CATEGORIES.map(({ id, name, text }) => ({ title: name, description: text, linkedCategory: id }));
void run({
  // A driven browser counts as one, and would see nothing.
  hideFromBots: false,
  categories: Object.fromEntries(
    CATEGORIES.map(({ id }, at) => [id, at === 0 ? { enabled: true, readOnly: true } : {}]),
  ),
  language: {
    default: 'en',
    translations: {
      en: {
        consentModal: {
          title: TEXT.title,
          description: TEXT.text,
          acceptAllBtn: TEXT.accept,
          acceptNecessaryBtn: TEXT.reject,
          showPreferencesBtn: TEXT.manage,
        },
        preferencesModal: { title: TEXT.manage, acceptAllBtn: TEXT.accept, savePreferencesBtn: TEXT.save, sections },
      },
    },
  },
});
