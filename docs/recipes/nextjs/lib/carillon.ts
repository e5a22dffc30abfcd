import "server-only"; // the build fails if a client component imports this file
import { Client } from "carillon-client";

let client: Client | undefined;

/** Returns the one client of the application. The first use makes it, because `next build` has no settings. */
export function carillon(): Client {
  client ??= new Client({
    baseUrl: setting("CARILLON_API"),
    token: {
      tokenUrl: setting("CARILLON_TOKEN_URL"),
      clientId: "web",
      clientSecret: setting("CARILLON_CLIENT_SECRET"),
      scope: "carillon/send",
    },
  });
  return client;
}

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
