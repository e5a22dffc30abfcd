import type { components } from "./api.gen.js";
import { segment } from "./content.js";
import { type CallOptions, Resource, type Send } from "./resource.js";

type Schemas = components["schemas"];

/** The preferences of other people. They need the scope `carillon/recipients`. */
export class RecipientPreferences extends Resource {
  /** Return what applies to a person. */
  get(userId: string, options: CallOptions = {}): Promise<Schemas["Preferences"]> {
    return this.ask("GET", `${recipient(userId)}/preferences`, options);
  }

  /** Store a person's preferences, whole: a field that is absent returns to the stack's default. */
  set(
    userId: string,
    body: Schemas["NewPreferences"] | Schemas["Preferences"],
    options: CallOptions = {},
  ): Promise<Schemas["Preferences"]> {
    return this.ask("PUT", `${recipient(userId)}/preferences`, { body, ...options });
  }
}

/**
 * The data of people. It needs the scope `carillon/recipients`; `erase` needs `carillon/erase` instead, and `export`
 * needs `carillon/export`.
 */
export class Recipients extends Resource {
  readonly preferences: RecipientPreferences;

  constructor(send: Send) {
    super(send);
    this.preferences = new RecipientPreferences(send);
  }

  /** Return the contact data of a person. */
  get(userId: string, options: CallOptions = {}): Promise<Schemas["Contact"]> {
    return this.ask("GET", recipient(userId), options);
  }

  /** Store the contact data of a person, whole: null deletes what was stored. */
  set(
    userId: string,
    body: { [Field in keyof Schemas["NewContact"]]-?: string | null },
    options: CallOptions = {},
  ): Promise<Schemas["Contact"]> {
    return this.ask("PUT", recipient(userId), { body, ...options });
  }

  /**
   * Return a page of all that is stored about a person. Begin without `cursor`, and go on with `next_cursor` of the
   * answer until it is null.
   */
  export(userId: string, cursor?: string, options: CallOptions = {}): Promise<Schemas["PersonData"]> {
    const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    return this.ask("GET", `/exports/${segment("user_id", userId)}${query}`, options);
  }

  /**
   * Erase all that is stored about a person, also the notifications that are kept for audit. Return the receipt: what
   * was deleted, and when. It names the person only by a hash.
   */
  async erase(userId: string, options: CallOptions = {}): Promise<Schemas["Receipt"]> {
    const answer: Schemas["Erased"] = await this.ask("DELETE", recipient(userId), options);
    return answer.receipt;
  }
}

/** The push devices of the token's own person. */
export class Devices extends Resource {
  /** Return the devices, the oldest first. */
  async list(options: CallOptions = {}): Promise<Schemas["Device"][]> {
    return (await this.ask<Schemas["DeviceList"]>("GET", "/devices", options)).devices;
  }

  /** Register a device, at every start of the application. */
  async register(body: Schemas["NewDevice"], options: CallOptions = {}): Promise<Schemas["Device"]> {
    return (await this.ask<Schemas["RegisteredDevice"]>("POST", "/devices", { body, ...options })).device;
  }

  /** Remove a device. */
  async remove(id: string, options: CallOptions = {}): Promise<void> {
    await this.send({ method: "DELETE", path: `/devices/${segment("id", id)}`, ...options });
  }
}

function recipient(userId: string): string {
  return `/recipients/${segment("userId", userId)}`;
}
