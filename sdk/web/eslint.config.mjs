// What the compiler cannot see: no `any`, no floating promises, and floors that import only downwards.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const PURE = ['src/formats/**', 'src/consent/**'];
const WINDOW = ['window', 'document', 'navigator', 'location', 'localStorage', 'fetch', 'setTimeout'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'scripts/', '*.mjs'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-undef': 'off',
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', { max: 40, skipComments: true }],
      complexity: ['error', 12],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-dynamic-delete': 'off',
    },
  },
  {
    files: PURE,
    rules: {
      'no-restricted-globals': ['error', ...WINDOW, 'Date', 'Math'].map((name) => name),
      'no-restricted-imports': [
        'error',
        { patterns: ['**/storage/*', '**/network/*', '**/ui/*', '**/globals/*', '**/blocking/*', '**/entry/*', '**/integrations/*'] },
      ],
    },
  },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/no-floating-promises': 'off', 'max-lines-per-function': 'off' },
  },
);
