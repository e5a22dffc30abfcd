// Made by `npm run types` from the API's description. Do not edit.

export interface paths {
    "/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List notifications, newest first
         * @description `archived=1` lists the archive alone. `event` takes an event name or a prefix of whole words.
         */
        get: operations["notifications.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Mark one or all as read */
        patch: operations["notifications.mark_all"];
        trace?: never;
    };
    "/notifications/{notification_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Mark one as read or unread, archived or not */
        patch: operations["notifications.mark"];
        trace?: never;
    };
    "/preferences": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read your preferences */
        get: operations["preferences.get"];
        /**
         * Store your preferences, whole
         * @description Turning email on where no address is stored takes the token's verified one.
         */
        put: operations["preferences.set"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * CategoryDescription
         * @description The subject of a category in a few words, in each language of the settings page.
         */
        CategoryDescription: {
            /** Ar */
            ar?: string | null;
            /** De */
            de?: string | null;
            /** En */
            en: string;
            /** Es */
            es?: string | null;
            /** Fr */
            fr: string;
            /** Ja */
            ja?: string | null;
            /** Pt */
            pt?: string | null;
        };
        /**
         * CategoryState
         * @description A category that the operator declared, and what holds in it for a person.
         */
        CategoryState: {
            /**
             * Audit
             * @description Kept past the retention.
             */
            audit: boolean;
            description: components["schemas"]["CategoryDescription"];
            email: components["schemas"]["ChannelState"];
            /**
             * Mandatory
             * @description The channels that nobody can switch off.
             */
            mandatory: ("email" | "push")[];
            /** Name */
            name: string;
            /**
             * Only If Unread Minutes
             * @description How long email and push wait, to leave only for what is not yet read; null: they do not.
             */
            only_if_unread_minutes: number | null;
            push: components["schemas"]["ChannelState"];
        };
        /**
         * ChannelRule
         * @description The rule for one channel. A wider rule decides each part that is absent.
         */
        ChannelRule: {
            /**
             * Enabled
             * @description On or off.
             */
            enabled?: boolean | null;
            /** Grouping */
            grouping?: (("now" | "hourly") | number) | null;
            /**
             * Minimum Severity
             * @description What is less urgent stays in the app.
             */
            minimum_severity?: ("info" | "success" | "warning" | "critical") | null;
        };
        /**
         * ChannelRules
         * @description A rule for each channel. A wider rule decides a channel that is absent.
         */
        ChannelRules: {
            email?: components["schemas"]["ChannelRule"] | null;
            push?: components["schemas"]["ChannelRule"] | null;
        };
        /**
         * ChannelState
         * @description The effective settings of a person on one channel of a category.
         */
        ChannelState: {
            /** Enabled */
            enabled: boolean;
            /**
             * Grouping
             * @description `now`, `hourly` (at the next full hour of UTC), or how many minutes a digest collects.
             */
            grouping: ("now" | "hourly") | number;
            /**
             * Minimum Severity
             * @description What is less urgent stays in the app.
             * @enum {string}
             */
            minimum_severity: "info" | "success" | "warning" | "critical";
            /**
             * Rule
             * @description Who says whether it is on: `user:<category>`, `user`, `category:<category>` or, for a person who never chose, `stack:default_<channel>`.
             */
            rule: string;
            /**
             * Switchable
             * @description False where it is mandatory: a rule for it is refused.
             */
            switchable: boolean;
        };
        /**
         * Creator
         * @description The creator of a notification, for the person it is for.
         */
        Creator: {
            /**
             * Kind
             * @description A `producer` (a backend of the application), `you` yourself, or another `user`.
             * @enum {string}
             */
            kind: "producer" | "you" | "user";
            /**
             * Name
             * @description The producer's name; null for people.
             */
            name: string | null;
        };
        /**
         * ErrorBody
         * @description Every error answer of Carillon. The gateway's own are `{"message"}`.
         */
        ErrorBody: {
            error: components["schemas"]["ErrorInfo"];
        };
        /**
         * ErrorDetail
         * @description What is wrong with one field of a request.
         */
        ErrorDetail: {
            /** Field */
            field: string;
            /** Message */
            message: string;
        };
        /**
         * ErrorInfo
         * @description A stable code, a sentence for people, and what is wrong with which field.
         */
        ErrorInfo: {
            /**
             * Code
             * @description `invalid_json`: The body of the request is not JSON, or not UTF-8. `unauthorized`: The token is valid, but it is an ID token, or has neither a subject nor a client that Carillon can use. `forbidden`: The token lacks the scope that the request needs, or a person records what only producers may. `not_found`: The resource does not exist, belongs to another person, or was pruned or erased. `too_large`: The body of the request is larger than its route accepts. `unsupported_encoding`: The body is compressed, or declares another character set than UTF-8. `invalid`: A field of the request breaks a rule; `details` names the first ones. `idempotency_key_reused`: An earlier request of the same creator had the same idempotency key and other content: `notification_id` is its notification, and `details` names the fields that differ. `too_many`: The person has recorded too many notifications for themselves within a minute. `internal`: A fault of Carillon, or a statement that the database refused. `unavailable`: The database or an AWS service does not answer in time, or a push is still being sent.
             */
            code: string;
            /**
             * Details
             * @default null
             */
            details: components["schemas"]["ErrorDetail"][] | null;
            /**
             * Docs
             * @description The section about the code, relative to the repository of Carillon.
             */
            docs: string;
            /** Message */
            message: string;
            /**
             * Notification Id
             * @description With `idempotency_key_reused`: the notification that has the key.
             * @default null
             */
            notification_id: string | null;
            /**
             * Request Id
             * @description The gateway's id of the request. The log lines of the request have it as `correlation_id`.
             */
            request_id: string;
        };
        JsonValue: unknown;
        /**
         * Live
         * @description Where this person's hints arrive. A hint says that something may have changed; the list says what.
         */
        Live: {
            /** Channels */
            channels: components["schemas"]["LiveChannel"][];
            /**
             * Host
             * @description The host that the authorization of a connection and of a subscription names.
             */
            host: string;
            /**
             * Url
             * @description The WebSocket to connect to, with the subprotocol `aws-appsync-event-ws`.
             */
            url: string;
        };
        /**
         * LiveChannel
         * @description A channel of hints, and how its listeners spread what a hint makes them do.
         */
        LiveChannel: {
            /** Name */
            name: string;
            /**
             * Spread Seconds
             * @description After a hint, wait a random part of so many seconds and then fetch, so that not all fetch at once.
             */
            spread_seconds: number;
        };
        /**
         * MarkOne
         * @description `PATCH /notifications/{id}`: what is not named stays as it is.
         */
        MarkOne: {
            /** Archived */
            archived?: boolean | null;
            /** Read */
            read?: boolean | null;
        } | {
            read: boolean;
        } | {
            archived: boolean;
        };
        /**
         * MarkRead
         * @description `PATCH /notifications`: one notification, or all of them.
         */
        MarkRead: {
            /** All */
            all?: boolean | null;
            /**
             * Before
             * @description With `all`: only what was created until then.
             */
            before?: string | null;
            /** Notification Id */
            notification_id?: string | null;
            /**
             * Undo
             * @description With `all`: the `read_at` of an earlier answer. What that request marked becomes unread again.
             */
            undo?: string | null;
        } & ({
            /** @constant */
            all: true;
            notification_id?: null;
            undo?: null;
        } | {
            /** @constant */
            all: true;
            before?: null;
            notification_id?: null;
            undo: string;
        } | {
            /** @enum {unknown} */
            all?: false | null;
            before?: null;
            notification_id: string;
            undo?: null;
        });
        /**
         * MarkedAll
         * @description The number of notifications that became read or, by `undo`, unread.
         */
        MarkedAll: {
            /**
             * Read At
             * @description When they became read: `undo` takes it. Null: none became read.
             */
            read_at?: string | null;
            /** Updated */
            updated: number;
        };
        /**
         * MarkedOne
         * @description The notification after the change.
         */
        MarkedOne: {
            notification: components["schemas"]["Notification"];
        };
        /**
         * NewPreferences
         * @description `PUT /preferences`: stored whole, so a field that is absent returns to the stack's default.
         */
        NewPreferences: {
            /**
             * By Default
             * @description As it was answered: which of the first four the person never chose. Where the value is still the stack's default, it stays unchosen, and the defaults of categories go on coming before it.
             */
            by_default?: ("in_app_enabled" | "email_enabled" | "push_enabled" | "digest_minutes")[] | null;
            /**
             * Digest Minutes
             * @description How long a digest collects, in minutes; 0 sends at once. Left out or null: the stack's default.
             */
            digest_minutes?: number | null;
            /**
             * Email Enabled
             * @description Left out or null: the stack's default.
             */
            email_enabled?: boolean | null;
            /**
             * In App Enabled
             * @description Left out or null: the stack's default.
             */
            in_app_enabled?: boolean | null;
            /**
             * Push Enabled
             * @description Left out or null: the stack's default.
             */
            push_enabled?: boolean | null;
            /** @description On the person's clock; they pass midnight where `to` is the earlier one. What is not critical waits for their end. Left out or null: none. */
            quiet_hours?: components["schemas"]["QuietHours"] | null;
            /**
             * Rules
             * @description By category: the dotted beginning of event names. The most specific one that says something of a matter decides it, before the general switches. Left out or null: none.
             */
            rules?: {
                [key: string]: components["schemas"]["ChannelRules"] | null;
            } | null;
            /**
             * Timezone
             * @description The clock of the quiet hours: a name of the IANA database, like `Europe/Berlin`. It comes before the contact data. Left out, null, or what applies anyway: the contact data's, else the stack's.
             */
            timezone?: string | null;
            /**
             * Timezone Known
             * @description As it was answered. True makes `timezone` a choice also where it is the stack's.
             */
            timezone_known?: boolean | null;
        };
        /**
         * Notification
         * @description A notification as the person it is for sees it.
         */
        Notification: {
            /** Archived At */
            archived_at: string | null;
            /** Batch Key */
            batch_key: string | null;
            /** Body */
            body: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            created_by: components["schemas"]["Creator"];
            /** Data */
            data: {
                [key: string]: components["schemas"]["JsonValue"];
            } | null;
            /** Event Name */
            event_name: string;
            /** Expires At */
            expires_at: string | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Read At */
            read_at: string | null;
            /** Send At */
            send_at: string | null;
            /**
             * Severity
             * @enum {string}
             */
            severity: "info" | "success" | "warning" | "critical";
            /** Summary */
            summary: string | null;
            /** Target Url */
            target_url: string | null;
            /** Title */
            title: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** User Id */
            user_id: string;
        };
        /**
         * NotificationPage
         * @description A page of the feed, with the number of unread notifications of the same moment.
         */
        NotificationPage: {
            /** @description Where hints of changes arrive; null in a stack without them. */
            live?: components["schemas"]["Live"] | null;
            /** Next Cursor */
            next_cursor: string | null;
            /** Notifications */
            notifications: components["schemas"]["Notification"][];
            /**
             * Unread Count
             * @description Exact up to 1,000 and capped there.
             */
            unread_count: number;
        };
        /**
         * Preferences
         * @description The effective preferences of a person: their choices and, where they made none, the stack's defaults.
         */
        Preferences: {
            /**
             * Address Known
             * @description Whether there is an address: without one, no email leaves.
             */
            address_known: boolean;
            /**
             * By Default
             * @description Which of these the person never chose: they are the stack's defaults.
             */
            by_default: ("in_app_enabled" | "email_enabled" | "push_enabled" | "digest_minutes")[];
            /**
             * Categories
             * @description All that are declared, in the operator's order.
             */
            categories: components["schemas"]["CategoryState"][];
            /**
             * Channels
             * @description What this stack can send by.
             */
            channels: ("email" | "push")[];
            /**
             * Default Email
             * @description What a person who never chose gets by email: only `critical` notifications, `all` that are urgent enough, or none (`off`).
             * @enum {string}
             */
            default_email: "critical" | "all" | "off";
            /**
             * Device Known
             * @description Whether there is an enabled device: without one, no push leaves.
             */
            device_known: boolean;
            /** Digest Minutes */
            digest_minutes: number;
            /** Email Enabled */
            email_enabled: boolean;
            /** @description Why no email leaves for the known address, and what to do about it; null: there is nothing to do. */
            email_help: components["schemas"]["CategoryDescription"] | null;
            /**
             * Email Status
             * @description Nothing is sent unless it is `ok`; null: no address is known.
             */
            email_status: ("ok" | "bounced" | "complained") | null;
            /** In App Enabled */
            in_app_enabled: boolean;
            /** Push Enabled */
            push_enabled: boolean;
            quiet_hours: components["schemas"]["QuietHours"] | null;
            /**
             * Rules
             * @description What the person chose by category.
             */
            rules: {
                [key: string]: components["schemas"]["ChannelRules"];
            };
            /**
             * Timezone
             * @description The time zone of the quiet hours: the person's choice, else the contact data's, else the stack's.
             */
            timezone: string;
            /**
             * Timezone Known
             * @description False where the stack's time zone stands in for the person's.
             */
            timezone_known: boolean;
            /**
             * Updated At
             * @description When they last chose; null: never.
             */
            updated_at: string | null;
        };
        /** QuietHours */
        QuietHours: {
            /** From */
            from: string;
            /** To */
            to: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "notifications.list": {
        parameters: {
            query?: {
                unread?: boolean;
                archived?: boolean;
                event?: string;
                /** @example 2 */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: {
                /** @description The `ETag` of an earlier answer. The answer is 304 if nothing has changed. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page and the unread count */
            200: {
                headers: {
                    /** @description How many seconds to wait before the next poll. */
                    "Carillon-Poll-Interval": number;
                    /** @description The version of this answer. Send it back as `If-None-Match`. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NotificationPage"];
                };
            };
            /** @description Not changed */
            304: {
                headers: {
                    /** @description How many seconds to wait before the next poll. */
                    "Carillon-Poll-Interval": number;
                    /** @description The version of this answer. Send it back as `If-None-Match`. */
                    ETag: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid`: a rule is broken, and `details` names the first 20 faults. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    "notifications.mark_all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarkRead"];
            };
        };
        responses: {
            /** @description The notification, or how many were marked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarkedOne"] | components["schemas"]["MarkedAll"];
                };
            };
            /** @description `invalid`: a rule is broken, and `details` names the first 20 faults. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    "notifications.mark": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description An id from an answer. */
                notification_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MarkOne"];
            };
        };
        responses: {
            /** @description The notification */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarkedOne"];
                };
            };
            /** @description `invalid`: a rule is broken, and `details` names the first 20 faults. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    "preferences.get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What holds for you */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preferences"];
                };
            };
            /** @description `invalid`: a rule is broken, and `details` names the first 20 faults. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    "preferences.set": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPreferences"];
            };
        };
        responses: {
            /** @description What holds for you now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preferences"];
                };
            };
            /** @description `invalid`: a rule is broken, and `details` names the first 20 faults. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
}
