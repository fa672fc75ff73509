import { defineConfig } from 'vite';

// The server sends index.html at /graphql and everything else below /graphiql/ (see schema/graphiql.py).
export default defineConfig({
  base: '/graphiql/',
  build: {
    modulePreload: { polyfill: false },
    // Monaco is one editor: it does not get smaller by being cut up.
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      // "use client" in the libraries speaks to server-side rendering, of which there is none here.
      onLog: (level, log, report) => log.code === 'MODULE_LEVEL_DIRECTIVE' || report(level, log),
    },
  },
  worker: { format: 'es' },
});
