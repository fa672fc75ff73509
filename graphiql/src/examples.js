const documents = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });
const variables = import.meta.glob('./examples/*.json', { query: '?raw', import: 'default', eager: true });

/** The tabs of a first visit: each file of examples/, in the order of names, with the variables standing next to it. */
export const examples = Object.keys(documents)
  .sort()
  .map((path) => ({ query: documents[path], variables: variables[path.replace(/graphql$/, 'json')] }));
