// Made by `npm run types` from the API's description. Do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Answers
         * @description One answer for each channel.
         */
        Answers: {
            email: components["schemas"]["ChannelAnswer"];
            in_app: components["schemas"]["InAppAnswer"];
            push: components["schemas"]["ChannelAnswer"];
        };
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
        ChannelAnswer: {
            [key: string]: unknown;
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
         * Contact
         * @description The address of a person, and what providers reported about it.
         */
        Contact: {
            /** Email */
            email: string | null;
            /**
             * Email Status
             * @description Nothing is sent unless it is `ok`.
             * @enum {string}
             */
            email_status: "ok" | "bounced" | "complained";
            /** Locale */
            locale: string | null;
            /** Timezone */
            timezone: string | null;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** User Id */
            user_id: string;
        };
        /**
         * CreatedMany
         * @description The answer to a request with `user_ids`: each recipient stands alone.
         */
        CreatedMany: {
            /** Conflicts */
            conflicts: number;
            /** Created */
            created: number;
            /** Notifications */
            notifications: components["schemas"]["Recipient"][];
            /** Replayed */
            replayed: number;
        };
        /**
         * CreatedOne
         * @description The answer to a request for one recipient.
         */
        CreatedOne: {
            notification: components["schemas"]["RecordedNotification"];
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
         * Deleted
         * @description The numbers of rows that an erasure deleted. A delivery that also carries notifications of others is kept.
         */
        Deleted: {
            /** Contact Data */
            contact_data: number;
            /** Deliveries */
            deliveries: number;
            /** Devices */
            devices: number;
            /** Notifications */
            notifications: number;
            /** Preferences */
            preferences: number;
        };
        /**
         * DeliveryStory
         * @description The history of one delivery.
         */
        DeliveryStory: {
            /** Attempts */
            attempts: number;
            /**
             * Available At
             * Format: date-time
             * @description When it is, or was, due.
             */
            available_at: string;
            /**
             * Channel
             * @enum {string}
             */
            channel: "email" | "push";
            /**
             * Delivery Id
             * Format: uuid
             */
            delivery_id: string;
            /**
             * Digest
             * @description What it collects: one `event`, one `batch` key, what waits for the end of `quiet` hours, what was over the `limit`. A `single` one collects nothing.
             * @enum {string}
             */
            digest: "single" | "event" | "batch" | "quiet" | "limit";
            /** Error Code */
            error_code: string | null;
            /** Finished At */
            finished_at: string | null;
            /**
             * Held By
             * @description What holds it back now: an `operator`'s pause, one of all that its `sender` records, its channel's own in an `outage` of the provider, or the `pace` at which that takes messages.
             */
            held_by?: ("operator" | "sender" | "outage" | "pace") | null;
            /**
             * Held Until
             * @description When the pause ends if nobody ends it before.
             */
            held_until?: string | null;
            /** History */
            history: components["schemas"]["HistoryEntry"][];
            /**
             * Items
             * @description How many notifications it tells of, without those left out.
             */
            items: number;
            /**
             * Left Out
             * @description Why this notification was not in what was sent.
             */
            left_out: string | null;
            /**
             * Provider Status
             * @description The worst that the provider told since it accepted it; null: nothing, so far.
             */
            provider_status?: ("accepted" | "delayed" | "delivered" | "soft_bounced" | "rejected" | "bounced" | "complained" | "undelivered") | null;
            /**
             * Status
             * @enum {string}
             */
            status: "pending" | "sending" | "sent" | "failed" | "skipped";
        };
        /**
         * Device
         * @description One of a person's devices.
         */
        Device: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Enabled
             * @description False once the platform says that it is gone; registering it again mends that.
             */
            enabled: boolean;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Platform
             * @enum {string}
             */
            platform: "apns" | "fcm";
        };
        /**
         * DeviceList
         * @description All of a person's devices, the oldest first.
         */
        DeviceList: {
            /** Devices */
            devices: components["schemas"]["Device"][];
        };
        /**
         * Erased
         * @description The answer to an erasure. All its counts are 0 if nothing was stored.
         */
        Erased: {
            receipt: components["schemas"]["Receipt"];
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
        /**
         * GatewayError
         * @description An error of API Gateway, before a function of Carillon runs. Its body has neither a code nor the id of the request; the header `Apigw-Requestid` has the id.
         */
        GatewayError: {
            message: string;
        };
        /**
         * Health
         * @description The service and its database answer.
         */
        Health: {
            /**
             * Status
             * @constant
             */
            status: "ok";
        };
        /**
         * HistoryEntry
         * @description One event of a delivery's time line, with what belongs to it: `claim_no`, `code`, `times` and so on.
         */
        HistoryEntry: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Event */
            event: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * InAppAnswer
         * @description The answer of the feed: if the application shows the notification, and why not.
         */
        InAppAnswer: {
            /**
             * Explanation
             * @description The same in one or two sentences.
             */
            explanation: string;
            /**
             * Reason
             * @enum {string}
             */
            reason: "shown" | "scheduled" | "disabled" | "retracted" | "archived";
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
         * NewContact
         * @description `PUT /recipients/{user_id}`: stored whole, so a field that is absent is deleted.
         */
        NewContact: {
            /**
             * Email
             * @description The domain may be in any script, like `name@münchen.example`.
             */
            email?: string | null;
            /**
             * Locale
             * @description A BCP 47 language tag, like `pt-BR`.
             */
            locale?: string | null;
            /**
             * Timezone
             * @description A name of the IANA database, like `Europe/Berlin`.
             */
            timezone?: string | null;
        };
        /**
         * NewDevice
         * @description `POST /devices`: what the platform gave the application to be pushed by.
         */
        NewDevice: {
            /**
             * Platform
             * @description Apple's (`apns`) or Google's (`fcm`) service.
             * @enum {string}
             */
            platform: "apns" | "fcm";
            /**
             * Token
             * @description For `apns` in hexadecimal digits: upper and lower case, spaces and `<>` make no difference. For `fcm` as it is.
             */
            token: string;
        } & ({
            /** @constant */
            platform?: "apns";
            token?: unknown;
        } | {
            /** @constant */
            platform?: "fcm";
            token?: unknown;
        });
        /**
         * NewNotification
         * @description The body of `POST /notifications`.
         */
        NewNotification: {
            /**
             * Batch Key
             * @description What a digest groups by, instead of the event's name.
             */
            batch_key?: string | null;
            /**
             * Body
             * @description Shown in the application only; never emailed or pushed. By language as the title.
             */
            body?: (string | {
                [key: string]: string;
            }) | null;
            /**
             * Data
             * @description Anything for the application, at most 16 KiB as JSON.
             */
            data?: {
                [key: string]: components["schemas"]["JsonValue"];
            } | null;
            /**
             * Event Name
             * @description What happened, dotted: `invoice.payment_failed`.
             */
            event_name: string;
            /**
             * Expires At
             * @description Nothing is sent from then on. The feed keeps it.
             */
            expires_at?: string | null;
            /** Idempotency Key */
            idempotency_key?: string | null;
            /**
             * Idempotency Mode
             * @description If the key was used with other content: `strict`, the default, is an error, and with `first` the first notification is the answer.
             */
            idempotency_mode?: ("strict" | "first") | null;
            /**
             * Resource Id
             * @description What it is about. Without a key it makes one, with the user and the event.
             */
            resource_id?: string | null;
            /**
             * Send At
             * @description Shown, counted and sent from then on: at most a year ahead.
             */
            send_at?: string | null;
            /**
             * Severity
             * @default info
             */
            severity: ("info" | "success" | "warning" | "critical") | null;
            /**
             * Summary
             * @description What email and push say instead of the title. By language as the title.
             */
            summary?: (string | {
                [key: string]: string;
            }) | null;
            /**
             * Target Url
             * @description A path of the application, or an https URL on an allowed origin.
             */
            target_url?: string | null;
            /**
             * Template
             * @description A template of the stack, `name` or `name@version`, instead of the three texts.
             */
            template?: string | null;
            /**
             * Title
             * @description A text, or a text for each language: `{"en": …, "pt-BR": …}`. Required without `template`.
             */
            title?: (string | {
                [key: string]: string;
            }) | null;
            /**
             * User Id
             * @description The recipient; only with the producer's scope.
             */
            user_id?: string | null;
            /**
             * User Ids
             * @description Many recipients, instead of `user_id`.
             */
            user_ids?: string[] | null;
            /**
             * Variables
             * @description The values for the template.
             */
            variables?: {
                [key: string]: components["schemas"]["JsonValue"];
            } | null;
        } & (({
            user_id: string;
            user_ids?: null;
        } | {
            user_id?: null;
            user_ids: unknown[];
        } | {
            user_id?: null;
            user_ids?: null;
        }) & ({
            template?: null;
            title: unknown;
            variables?: null;
        } | {
            body?: null;
            summary?: null;
            template: string;
            title?: null;
        }));
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
         * NotificationDeliveries
         * @description Why something was sent, or was not: one answer a channel, the routing, and each delivery's time line.
         */
        NotificationDeliveries: {
            channels: components["schemas"]["Answers"];
            /** Deliveries */
            deliveries: components["schemas"]["DeliveryStory"][];
            /** In App */
            in_app: boolean;
            /**
             * Notification Id
             * Format: uuid
             */
            notification_id: string;
            /** Routing */
            routing: {
                [key: string]: components["schemas"]["Route"];
            };
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
         * PersonData
         * @description A page of all that is stored about a person, as the rows are. Only the first page has more than notifications.
         */
        PersonData: {
            /** Devices */
            devices: {
                [key: string]: unknown;
            }[];
            /**
             * Next Cursor
             * @description Where the next page begins; null: this is the last.
             */
            next_cursor: string | null;
            /**
             * Notifications
             * @description Each with its deliveries; the oldest first, also those that the person no longer sees.
             */
            notifications: {
                [key: string]: unknown;
            }[];
            /** Preferences */
            preferences: {
                [key: string]: unknown;
            } | null;
            /**
             * Recipient
             * @description How the person is reached.
             */
            recipient: {
                [key: string]: unknown;
            } | null;
            /** User Id */
            user_id: string;
        };
        /**
         * PlannedMany
         * @description The answer that a request with `user_ids` would get. Nothing is kept.
         */
        PlannedMany: {
            /** Conflicts */
            conflicts: number;
            /** Created */
            created: number;
            /**
             * Dry Run
             * @default true
             * @constant
             */
            dry_run: true;
            /** Notifications */
            notifications: components["schemas"]["PlannedRecipient"][];
            /** Replayed */
            replayed: number;
            /**
             * Texts
             * @description By language, if the request has texts by language.
             */
            texts?: {
                [key: string]: components["schemas"]["PlannedTexts"];
            } | null;
        };
        /**
         * PlannedOne
         * @description The answer that a request for one recipient would get. Nothing is kept.
         */
        PlannedOne: {
            /**
             * Dry Run
             * @default true
             * @constant
             */
            dry_run: true;
            /**
             * Language
             * @description The language of the texts that the person would get. Absent if they are in no named language, and for a repeat.
             */
            language?: string | null;
            notification: components["schemas"]["RecordedNotification"];
        };
        /**
         * PlannedRecipient
         * @description The result that one of many recipients would get; the routing of a repeat is the stored one.
         */
        PlannedRecipient: {
            /** Conflict */
            conflict: boolean;
            /**
             * Differs
             * @description In a conflict: the fields that differ from the first notification's, which `id` names.
             */
            differs?: string[] | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** In App */
            in_app: boolean;
            /**
             * Language
             * @description The language of the texts that the person would get. Absent if they are in no named language, and for a repeat.
             */
            language?: string | null;
            /** Replayed */
            replayed: boolean;
            /** Routing */
            routing: {
                [key: string]: components["schemas"]["Route"];
            };
            /** User Id */
            user_id: string;
        };
        /**
         * PlannedTexts
         * @description The texts of a notification in one language.
         */
        PlannedTexts: {
            /** Body */
            body: string | null;
            /**
             * Channel Texts
             * @description By channel, if the template has such texts.
             */
            channel_texts?: {
                [key: string]: string;
            } | null;
            /** Summary */
            summary: string | null;
            /** Title */
            title: string;
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
        /**
         * Receipt
         * @description The receipt of an erasure. It names the person only by a hash.
         */
        Receipt: {
            deleted: components["schemas"]["Deleted"];
            /**
             * Erased At
             * Format: date-time
             */
            erased_at: string;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Person
             * @description `sha256:` and 16 hexadecimal digits of the SHA-256 of the id.
             */
            person: string;
        };
        /**
         * Recipient
         * @description The result for one of many recipients.
         */
        Recipient: {
            /** Conflict */
            conflict: boolean;
            /**
             * Differs
             * @description In a conflict: the fields that differ from the first notification's, which `id` names.
             */
            differs?: string[] | null;
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /** Replayed */
            replayed: boolean;
            /** User Id */
            user_id: string;
        };
        /**
         * RecordedNotification
         * @description A notification as its creator sees it: with what follows from it.
         */
        RecordedNotification: {
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
            /** Idempotency Key */
            idempotency_key: string | null;
            /** In App */
            in_app: boolean;
            /** Read At */
            read_at: string | null;
            /** Routing */
            routing: {
                [key: string]: components["schemas"]["Route"];
            };
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
         * RegisteredDevice
         * @description The answer to a registration.
         */
        RegisteredDevice: {
            device: components["schemas"]["Device"];
        };
        /**
         * Retracted
         * @description The answer to `DELETE /notifications/{id}`; a repeat has the first time and what is true by then.
         */
        Retracted: {
            /** Channels */
            channels: {
                [key: string]: components["schemas"]["RetractedChannel"];
            };
            /**
             * Notification Id
             * Format: uuid
             */
            notification_id: string;
            /**
             * Retracted At
             * Format: date-time
             */
            retracted_at: string;
            /** User Id */
            user_id: string;
        };
        RetractedChannel: {
            [key: string]: unknown;
        };
        Route: {
            [key: string]: unknown;
        };
        /**
         * UnreadCount
         * @description The number of unread notifications.
         */
        UnreadCount: {
            /**
             * Unread Count
             * @description Exact up to 1,000 and capped there.
             */
            unread_count: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
