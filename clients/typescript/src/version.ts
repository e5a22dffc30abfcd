/** The version of the service that this client belongs to. */
export const VERSION = "0.1.0";
