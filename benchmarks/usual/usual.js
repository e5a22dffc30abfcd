// The usual way to record a notification, with Node and pg: one transaction of eight statements, one trip each.
// It answers the orders of benchmarks/children.py: a line with the settings, then `prepare {…}` and `run`.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import pg from "pg";

const LIMIT = 100_000; // a minute, for each person and channel
const DIGEST_SECONDS = 300;
const sql = (name) => readFileSync(new URL(`./${name}.sql`, import.meta.url), "utf8");
const [PREFERENCES, INSERT, FIND, COUNT, ENQUEUE] = ["preferences", "insert", "find", "limit", "enqueue"].map(sql);

async function create(client, channels, body) {
  await client.query("BEGIN");
  try {
    const preferences = (await client.query(PREFERENCES, [body.user_id])).rows[0];
    const key = `${body.event_name}:${body.resource_id}`;
    const content = [body.event_name, body.title, body.body, body.severity, body.target_url, body.data];
    let notification = (await client.query(INSERT, [body.user_id, ...content, key])).rows[0];
    if (notification === undefined) {
      notification = (await client.query(FIND, [body.user_id, key])).rows[0];
    } else {
      for (const channel of channels) {
        if (!preferences[`${channel}_enabled`]) continue;
        const { count } = (await client.query(COUNT, [body.user_id, channel])).rows[0];
        if (count > LIMIT) continue;
        const delay = body.severity === "critical" ? 0 : DIGEST_SECONDS;
        await client.query(ENQUEUE, [notification.id, channel, delay]);
      }
    }
    await client.query("COMMIT");
    return notification;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

function bodies(work, { number, processes }, first) {
  return Array.from({ length: work.count }, (_, each) => {
    const position = (first + each) * processes + number;
    const content = work.contents[Math.floor(position / 4) % work.contents.length];
    const person = String(position % work.people).padStart(5, "0");
    return { ...content, user_id: `${work.case}-${person}`, resource_id: randomUUID() };
  });
}

let config, client, work;
let prepared = [];
let sent = 0;
for await (const line of createInterface({ input: process.stdin })) {
  try {
    if (client === undefined) {
      config = JSON.parse(line);
      client = new pg.Client(config.usual_node);
      await client.connect();
    } else if (line.startsWith("prepare ")) {
      work = JSON.parse(line.slice("prepare ".length));
      prepared = bodies(work, config, sent);
      sent += work.count;
    } else {
      for (const body of prepared) await create(client, work.channels, body);
    }
    console.log("ok");
  } catch (error) {
    console.log(`error ${error.message}`);
  }
}
await client?.end();
