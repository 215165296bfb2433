// c15t's React components, without a backend to wait for.
import '@c15t/react/styles.css';
import { createElement as h } from 'react';
import { createRoot } from 'react-dom/client';
import { ConsentBanner, ConsentDialog, ConsentManagerProvider } from '@c15t/react';

const options = { mode: 'offline', consentCategories: ['necessary', 'measurement', 'functionality', 'marketing'] };
createRoot(document.getElementById('app')).render(
  h(ConsentManagerProvider, { options }, h(ConsentBanner), h(ConsentDialog)),
);
