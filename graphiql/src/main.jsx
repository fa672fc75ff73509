import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './main.css';

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { examples } from './examples.js';
import { createFetcher } from './fetcher.js';

const TOKEN_KEY = 'registry:token';
const plugins = [HISTORY_PLUGIN, explorerPlugin()];

function App() {
  const [token, setToken] = useState(() => sessionStorage.getItem(TOKEN_KEY));
  // GraphiQL asks for the schema again whenever it is given another fetcher: signing in may have opened it.
  const fetcher = useMemo(() => {
    const rememberToken = (changed) => {
      if (changed) sessionStorage.setItem(TOKEN_KEY, changed);
      else sessionStorage.removeItem(TOKEN_KEY);
      setToken(changed);
    };
    return createFetcher(token, rememberToken);
  }, [token]);

  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      defaultTabs={examples}
      defaultEditorToolsVisibility
      inputValueDeprecation
      schemaDescription
      shouldPersistHeaders
      // Passwords stand in variables and history, tokens in headers: they end with the browser's tab.
      storage={sessionStorage}
    >
      <GraphiQL.Logo>ML registry</GraphiQL.Logo>
    </GraphiQL>
  );
}

createRoot(document.getElementById('graphiql')).render(<App />);
