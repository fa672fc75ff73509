// PostGraphile 5 with its Relay preset over the registry's tables, set up as its documentation advises for production.
// PORT and DATABASE_URL come from the environment; `--print-schema` prints the schema and ends.
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { PostGraphileRelayPreset } from "postgraphile/presets/relay";
import { printSchema } from "postgraphile/graphql";

const instance = postgraphile({
  extends: [PostGraphileAmberPreset, PostGraphileRelayPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public", "bench"],
      poolConfig: { max: 8 },
    }),
  ],
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false, websockets: false },
  grafast: { explain: false },
});

if (process.argv.includes("--print-schema")) {
  console.log(printSchema(await instance.getSchema()));
  await instance.release();
} else {
  const server = createServer();
  await instance.createServ(grafserv).addTo(server);
  server.listen(Number(process.env.PORT), "127.0.0.1");
}
