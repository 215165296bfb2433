// Answers each line of input with what @segment/tsub does: {ir, event} is matched, {event, transformers} transformed.
const { matches, transform } = require('@segment/tsub')
const { createInterface } = require('node:readline')

function answer({ ir, event, transformers }) {
  try {
    return ir === undefined ? transform(event, transformers) : matches(event, { type: 'fql', ir })
  } catch (error) {
    return 'throws'
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + '\n')
})
