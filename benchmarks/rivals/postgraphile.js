// PostGraphile 5 over the measured world, with its production settings: `node postgraphile.js <port> <database URL>`.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

import { Pool } from "pg";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema, gql } from "postgraphile/utils";

const [port, database] = process.argv.slice(2);
const pool = new Pool({ connectionString: database, max: 8, options: "-c jit=off" });
await pool.query(await readFile(new URL("postgraphile.sql", import.meta.url), "utf8"));

// A level is found by its label set and number, which no foreign key says; Grafast makes joins of these plans.
const levels = extendSchema((build) => {
  const { assessment, level, sub_score_definition: definition } = build.pgResources;
  const achieved = (owner, key) => ($row) =>
    level.get({ label_set_id: owner.get({ id: $row.get(key) }).get("label_set_id"), number: $row.get("level") });
  return {
    typeDefs: gql`
      extend type Result { achieved: Level }
      extend type SubScore { achieved: Level }
    `,
    objects: {
      Result: { plans: { achieved: achieved(assessment, "assessment_id") } },
      SubScore: { plans: { achieved: achieved(definition, "definition_id") } },
    },
  };
});

const server = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [levels],
  disablePlugins: ["NodePlugin", "PgIndexBehaviorsPlugin"],
  pgServices: [makePgService({ pool, schemas: ["public"] })],
  schema: { defaultBehavior: "+list +connection -insert -update -delete +orderBy +filterBy" },
  grafast: { explain: false },
  grafserv: { graphiql: false, websockets: false, watch: false },
});
const serving = server.createServ(grafserv);
const http = createServer();
await serving.addTo(http);
http.listen(Number(port), "127.0.0.1");
