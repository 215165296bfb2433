// What every banner says: the words of our own shop.
export const TEXT = {
  title: 'Your choice of cookies',
  text:
    'We use cookies to keep this shop running, to count visits and, if you agree, to show you our offers elsewhere. ' +
    'You can change your mind at any time. Read our <a href="/cookies">cookie policy</a>.',
  accept: 'Accept all',
  reject: 'Reject all',
  manage: 'Manage preferences',
  save: 'Save',
};
export const CATEGORIES = [
  { id: 'necessary', name: 'Strictly necessary', text: 'Keeps your basket and your login safe.' },
  { id: 'performance', name: 'Performance', text: 'Counts visits so that we know what works.' },
  { id: 'comfort', name: 'Comfort', text: '' },
  { id: 'marketing', name: 'Marketing', text: 'Shows you our tents elsewhere.' },
];
