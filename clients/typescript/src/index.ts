import type { components } from "./api.gen.js";

export { Client, type ClientOptions } from "./client.js";
export type { Content } from "./content.js";
export * from "./errors.js";
export type { ListQuery } from "./own.js";
export type { CallOptions, Polled } from "./resource.js";
export type { Retry } from "./retry.js";
export type { ClientCredentials, GetToken } from "./tokens.js";
/** The bodies and answers of the API, by their names in openapi.json. */
export type Schemas = components["schemas"];
