# Written by bin/shells from the parameters of template.yaml. Do not edit.

variable "app_url" {
  type        = string
  description = "The address of your application. Links in email and push lead there, to the notification's target path."
  nullable    = false

  validation {
    condition     = can(regex("^(https://[^\\s<>#]|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])([:/]|$))[^\\s<>#]*$", var.app_url))
    error_message = "AppUrl must be a URL like https://app.example.com; http only for localhost."
  }
}

variable "email_from" {
  type        = string
  description = "The sender's address of all email. Empty - no email."
  default     = null

  validation {
    condition     = var.email_from == null ? true : can(regex("^([^@\\s]+@[^@\\s]+)?$", var.email_from))
    error_message = "EmailFrom must be empty, or an email address."
  }
}

variable "jwt_issuer" {
  type        = string
  description = "The issuer of your tokens, exactly as in their claim iss. AWS must be able to reach its OpenID discovery document. With the word cognito, the stack creates a Cognito user pool, with a client for the application and one for its backend."
  default     = null

  validation {
    condition     = var.jwt_issuer == null ? true : can(regex("^(cognito|https://[^\\s<>]+|http://(localhost|127\\.0\\.0\\.1|\\[::1\\])([:/][^\\s<>]*)?)$", var.jwt_issuer))
    error_message = "JwtIssuer must be a URL with https, or the word cognito."
  }
}

variable "jwt_audience" {
  type        = string
  description = "The audiences that the API accepts (aud, or client_id in tokens without aud), separated by commas without spaces. Leave it empty with JwtIssuer cognito."
  default     = null

  validation {
    condition     = var.jwt_audience == null ? true : can(regex("^([^,\\s]+(,[^,\\s]+)*)?$", var.jwt_audience))
    error_message = "JwtAudience must be empty, or words separated by commas."
  }
}

variable "email_identity" {
  type        = string
  description = "The identity that SES verifies - domain (the domain of EmailFrom, proved by DNS records), address (the address alone, proved by a link that SES sends to it), or existing (SES has a verified identity for it already)."
  default     = null

  validation {
    condition     = var.email_identity == null ? true : contains(["domain", "address", "existing"], var.email_identity)
    error_message = "EmailIdentity is one of: domain, address, existing."
  }
}

variable "allowed_origins" {
  type        = string
  description = "The origins whose pages may call the API, separated by commas without spaces. The target_url of a notification may also lead there; otherwise it must be a path of your application. Empty - no origin."
  default     = null

  validation {
    condition     = var.allowed_origins == null ? true : can(regex("^(https?://[^/,\\s]+(,https?://[^/,\\s]+)*)?$", var.allowed_origins))
    error_message = "AllowedOrigins must be empty, or origins like https://app.example.com separated by commas."
  }
}

variable "app_name" {
  type        = string
  description = "The name of your application, as people know it. Emails and pushes show it."
  default     = null

  validation {
    condition     = var.app_name == null ? true : can(regex("^[^\\r\\n]+$", var.app_name))
    error_message = "AppName must be one line of 1 to 64 characters."
  }
}

variable "public_api_url" {
  type        = string
  description = "The address of the API for people, if it is another than DomainName, for example that of a CDN before it. Links to unsubscribe lead there. Empty - DomainName, or the address that AWS assigns."
  default     = null

  validation {
    condition     = var.public_api_url == null ? true : can(regex("^(https?://[^\\s<>]+)?$", var.public_api_url))
    error_message = "PublicApiUrl must be empty, or a URL."
  }
}

variable "default_email" {
  type        = string
  description = "What a person gets by email who has an address and never chose - critical (only critical notifications), all (warnings too), or off. With auto, a new stack has critical, and a stack of an earlier release keeps off. Mandatory categories are always sent."
  default     = null

  validation {
    condition     = var.default_email == null ? true : contains(["auto", "critical", "all", "off"], var.default_email)
    error_message = "DefaultEmail is one of: auto, critical, all, off."
  }
}

variable "producer_scopes" {
  type        = string
  description = "What the scope carillon/send grants - separate (notifying people, no more), or combined (also the scopes carillon/recipients and carillon/erase). With auto, a new stack has separate, and a stack of an earlier release keeps combined."
  default     = null

  validation {
    condition     = var.producer_scopes == null ? true : contains(["auto", "separate", "combined"], var.producer_scopes)
    error_message = "ProducerScopes is one of: auto, separate, combined."
  }
}

variable "self_recorded_per_minute" {
  type        = number
  description = "How many notifications a person may record for themselves in a minute. 0 - only producers record notifications."
  default     = null

  validation {
    condition     = var.self_recorded_per_minute == null ? true : var.self_recorded_per_minute >= 0 && var.self_recorded_per_minute <= 1000
    error_message = "SelfRecordedPerMinute is from 0 to 1000."
  }
}

variable "apns_application_arn" {
  type        = string
  description = "The ARN of the SNS platform application for iOS (APNS or APNS_SANDBOX). Empty - no push to iOS."
  default     = null

  validation {
    condition     = var.apns_application_arn == null ? true : can(regex("^(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:app/APNS(_SANDBOX)?/.+)?$", var.apns_application_arn))
    error_message = "ApnsApplicationArn must be empty, or the ARN of an SNS platform application for APNs."
  }
}

variable "fcm_application_arn" {
  type        = string
  description = "The ARN of the SNS platform application for Android and the web (GCM, the name of FCM in SNS). Empty - no push to them."
  default     = null

  validation {
    condition     = var.fcm_application_arn == null ? true : can(regex("^(arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:app/GCM/.+)?$", var.fcm_application_arn))
    error_message = "FcmApplicationArn must be empty, or the ARN of an SNS platform application for FCM."
  }
}

variable "live" {
  type        = string
  description = "Whether open bells hear of changes at once - appsync (by AWS AppSync Events), or off (they only poll)."
  default     = null

  validation {
    condition     = var.live == null ? true : contains(["off", "appsync"], var.live)
    error_message = "Live is one of: off, appsync."
  }
}

variable "size" {
  type        = string
  description = "The size of the database instance. Its connections limit the API's request rate and the batches sent at once. An account on the free plan of AWS can only have micro."
  default     = null

  validation {
    condition     = var.size == null ? true : contains(["micro", "small", "medium", "large"], var.size)
    error_message = "Size is one of: micro, small, medium, large."
  }
}

variable "reserved_concurrency" {
  type        = string
  description = "With on, the API never runs more containers than there are connections. New accounts refuse it."
  default     = null

  validation {
    condition     = var.reserved_concurrency == null ? true : contains(["off", "on"], var.reserved_concurrency)
    error_message = "ReservedConcurrency is one of: off, on."
  }
}

variable "database" {
  type        = string
  description = "The database that the stack creates - single (in one zone), multi-az (in two zones), multi-az-proxy (the same behind RDS Proxy), aurora (Aurora Serverless v2 in two zones), or aurora-proxy. With existing, the stack creates none; describe yours with the parameters Database... below."
  default     = null

  validation {
    condition     = var.database == null ? true : contains(["single", "multi-az", "multi-az-proxy", "aurora", "aurora-proxy", "existing"], var.database)
    error_message = "Database is one of: single, multi-az, multi-az-proxy, aurora, aurora-proxy, existing."
  }
}

variable "network" {
  type        = string
  description = "How functions in the stack's private subnets reach SQS, SES, SNS and Secrets Manager - ipv6 (free), nat (through a NAT gateway), or endpoints (through interface endpoints). With VpcId or Database existing, the stack creates no network."
  default     = null

  validation {
    condition     = var.network == null ? true : contains(["ipv6", "nat", "endpoints"], var.network)
    error_message = "Network is one of: ipv6, nat, endpoints."
  }
}

variable "alarm_email" {
  type        = string
  description = "The email address that receives alarms. AWS first asks it to confirm. Empty - the alarm topic has no subscriber."
  default     = null

  validation {
    condition     = var.alarm_email == null ? true : can(regex("^([^@\\s]+@[^@\\s]+)?$", var.alarm_email))
    error_message = "AlarmEmail must be empty, or an email address."
  }
}

variable "architecture" {
  type        = string
  description = "The processor of the functions. It must be the same as at the build."
  default     = null

  validation {
    condition     = var.architecture == null ? true : contains(["arm64", "x86_64"], var.architecture)
    error_message = "Architecture is one of: arm64, x86_64."
  }
}

variable "database_snapshot" {
  type        = string
  description = "With Database aurora or aurora-proxy, the ARN of the snapshot that the cluster is made from. Never change or remove it later, because another value replaces the database. Empty - a new database."
  default     = null

  validation {
    condition     = var.database_snapshot == null ? true : can(regex("^(arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:(cluster-)?snapshot:.+)?$", var.database_snapshot))
    error_message = "DatabaseSnapshot must be empty, or the ARN of a snapshot."
  }
}

variable "permissions_boundary" {
  type        = string
  description = "The ARN of the policy that your organisation demands as the permissions boundary of each role. Empty - none."
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^(arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+)?$", var.permissions_boundary))
    error_message = "PermissionsBoundary must be empty, or the ARN of a policy."
  }
}

variable "zone_a" {
  type        = string
  description = "The first availability zone of the subnets, like us-east-1b. Choose both zones before the first deploy. Empty - the first two of the region."
  default     = null

  validation {
    condition     = var.zone_a == null ? true : can(regex("^([a-z]{2}(-[a-z]+)+-[0-9]+[a-z])?$", var.zone_a))
    error_message = "ZoneA must be empty, or a zone like us-east-1b."
  }
}

variable "zone_b" {
  type        = string
  description = "The second availability zone."
  default     = null

  validation {
    condition     = var.zone_b == null ? true : can(regex("^([a-z]{2}(-[a-z]+)+-[0-9]+[a-z])?$", var.zone_b))
    error_message = "ZoneB must be empty, or a zone like us-east-1c."
  }
}

variable "vpc_cidr" {
  type        = string
  description = "The IPv4 addresses of the stack's network. Choose others before the first deploy if you will connect the network with one that uses these."
  default     = null

  validation {
    condition     = var.vpc_cidr == null ? true : can(regex("^([0-9]{1,3}\\.){3}[0-9]{1,3}/(1[6-9]|2[0-2])$", var.vpc_cidr))
    error_message = "VpcCidr must be a block of addresses from /16 to /22, like 10.57.0.0/22."
  }
}

variable "domain_name" {
  type        = string
  description = "A domain of yours for the API, like api.example.com. Empty - only the address that AWS assigns."
  default     = null

  validation {
    condition     = var.domain_name == null ? true : can(regex("^(([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63})?$", var.domain_name))
    error_message = "DomainName must be empty, or a domain in lower-case letters like api.example.com."
  }
}

variable "certificate_arn" {
  type        = string
  description = "With DomainName, the ARN of its certificate in ACM, in this region. Empty - the stack makes one, in HostedZoneId."
  default     = null

  validation {
    condition     = var.certificate_arn == null ? true : can(regex("^(arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/.+)?$", var.certificate_arn))
    error_message = "CertificateArn must be empty, or the ARN of a certificate in ACM."
  }
}

variable "hosted_zone_id" {
  type        = string
  description = "With DomainName, the hosted zone of Route 53 in which the stack makes the DNS records. Empty - you make them."
  default     = null

  validation {
    condition     = var.hosted_zone_id == null ? true : can(regex("^(Z[A-Z0-9]{1,31})?$", var.hosted_zone_id))
    error_message = "HostedZoneId must be empty, or an id like Z0123456789ABCDEFGHIJ."
  }
}

variable "database_address" {
  type        = string
  description = "With Database existing, the address of PostgreSQL (15 or newer), as host:5432/name."
  default     = null

  validation {
    condition     = var.database_address == null ? true : can(regex("^([A-Za-z0-9.-]+(:[0-9]+)?/[A-Za-z0-9_-]+)?$", var.database_address))
    error_message = "DatabaseAddress must be empty, or host:port/name."
  }
}

variable "database_schema" {
  type        = string
  description = "The PostgreSQL schema of all tables, and the beginning of the names of the database's roles. Each stack on one database server needs another. Choose it before the first deploy - another name later is an empty schema."
  default     = null

  validation {
    condition     = var.database_schema == null ? true : can(regex("^[a-z_][a-z0-9_]{0,56}$", var.database_schema))
    error_message = "DatabaseSchema must be a name of at most 57 lower-case letters, digits and underscores."
  }
}

variable "database_resource_id" {
  type        = string
  description = "With Database existing, the resource id of your instance (db-…), cluster (cluster-…) or proxy (prx-…). Otherwise leave it empty, except after a restore - then the resource id of the restored instance."
  default     = null

  validation {
    condition     = var.database_resource_id == null ? true : can(regex("^((db|cluster|prx)-[A-Za-z0-9]+)?$", var.database_resource_id))
    error_message = "DatabaseResourceId must be empty, or an id like db-ABCDEFGHIJKL."
  }
}

variable "database_secret_arn" {
  type        = string
  description = "With Database existing, the ARN of an administrator's secret (JSON with username and password). The deploy uses it to create the two roles. Empty - you create the roles yourself. Otherwise leave it empty, except after a restore."
  default     = null

  validation {
    condition     = var.database_secret_arn == null ? true : can(regex("^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:.+)?$", var.database_secret_arn))
    error_message = "DatabaseSecretArn must be empty, or the ARN of a secret."
  }
}

variable "subnet_ids" {
  type        = list(string)
  description = "With VpcId, its private subnets in two zones or more, for functions and database. With Database existing, the private subnets of the functions; empty - they run outside any VPC."
  default     = null

  validation {
    condition     = var.subnet_ids == null ? true : alltrue([for one in var.subnet_ids : can(regex("^(subnet-[0-9a-f]+)?$", one))])
    error_message = "SubnetIds must be empty, or ids like subnet-0abc separated by commas."
  }
}

variable "security_group_ids" {
  type        = list(string)
  description = "With Database existing, the security groups of the functions. They must allow connections to the database and to AWS. With VpcId, groups that the functions need besides their own, for example to reach endpoints."
  default     = null

  validation {
    condition     = var.security_group_ids == null ? true : alltrue([for one in var.security_group_ids : can(regex("^(sg-[0-9a-f]+)?$", one))])
    error_message = "SecurityGroupIds must be empty, or ids like sg-0abc separated by commas."
  }
}

variable "vpc_id" {
  type        = string
  description = "Your VPC, in which the stack makes its database. Empty - the stack makes a VPC, or Database is existing. Choose it before the first deploy."
  default     = null

  validation {
    condition     = var.vpc_id == null ? true : can(regex("^(vpc-[0-9a-f]+)?$", var.vpc_id))
    error_message = "VpcId must be empty, or an id like vpc-0abc."
  }
}

variable "default_in_app" {
  type        = string
  description = "Whether a person who never chose sees notifications in the app. Email and push follow their own defaults."
  default     = null

  validation {
    condition     = var.default_in_app == null ? true : contains(["true", "false"], var.default_in_app)
    error_message = "DefaultInApp is one of: true, false."
  }
}

variable "default_push" {
  type        = string
  description = "Whether a person who never chose, and whose device is registered, gets pushes."
  default     = null

  validation {
    condition     = var.default_push == null ? true : contains(["true", "false"], var.default_push)
    error_message = "DefaultPush is one of: true, false."
  }
}

variable "default_digest_minutes" {
  type        = number
  description = "How many minutes a digest collects for a person who never chose. 0 - each notification is sent at once."
  default     = null

  validation {
    condition     = var.default_digest_minutes == null ? true : var.default_digest_minutes >= 0 && var.default_digest_minutes <= 1440
    error_message = "DefaultDigestMinutes is from 0 to 1440."
  }
}

variable "default_timezone" {
  type        = string
  description = "The time zone of a person for whom none is known, like Europe/Berlin."
  default     = null

  validation {
    condition     = var.default_timezone == null ? true : can(regex("^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$", var.default_timezone))
    error_message = "DefaultTimezone must be a name like Europe/Berlin."
  }
}

variable "email_per_minute" {
  type        = number
  description = "How many emails a person gets in a minute. Further notifications join a digest of the next minute."
  default     = null

  validation {
    condition     = var.email_per_minute == null ? true : var.email_per_minute >= 1 && var.email_per_minute <= 1000
    error_message = "EmailPerMinute is from 1 to 1000."
  }
}

variable "push_per_minute" {
  type        = number
  description = "How many pushes a person gets in a minute. Further notifications join a push of the next minute."
  default     = null

  validation {
    condition     = var.push_per_minute == null ? true : var.push_per_minute >= 1 && var.push_per_minute <= 1000
    error_message = "PushPerMinute is from 1 to 1000."
  }
}

variable "retention_days" {
  type        = number
  description = "How many days notifications are kept, read or unread. Those of an audit category stay."
  default     = null

  validation {
    condition     = var.retention_days == null ? true : var.retention_days >= 1 && var.retention_days <= 36500
    error_message = "RetentionDays is from 1 to 36500."
  }
}

variable "poll_interval_seconds" {
  type        = number
  description = "How many seconds an open bell waits between two polls."
  default     = null

  validation {
    condition     = var.poll_interval_seconds == null ? true : var.poll_interval_seconds >= 5 && var.poll_interval_seconds <= 3600
    error_message = "PollIntervalSeconds is from 5 to 3600."
  }
}

variable "requests_per_second" {
  type        = number
  description = "How many requests a second the API accepts. 0 - the rate that Size can serve (docs/deploy.md, Sizes)."
  default     = null

  validation {
    condition     = var.requests_per_second == null ? true : var.requests_per_second >= 0 && var.requests_per_second <= 10000
    error_message = "RequestsPerSecond is from 0 to 10000."
  }
}

variable "tracing" {
  type        = string
  description = "Active - X-Ray records a sample of all requests. PassThrough - only requests whose caller asks for it."
  default     = null

  validation {
    condition     = var.tracing == null ? true : contains(["Active", "PassThrough"], var.tracing)
    error_message = "Tracing is one of: Active, PassThrough."
  }
}

variable "platform_logs" {
  type        = string
  description = "Whether the log has Lambda's own three lines of each invocation. With off, only its warnings."
  default     = null

  validation {
    condition     = var.platform_logs == null ? true : contains(["on", "off"], var.platform_logs)
    error_message = "PlatformLogs is one of: on, off."
  }
}

locals {
  parameters = {
    AppUrl                = var.app_url
    EmailFrom             = var.email_from
    JwtIssuer             = var.jwt_issuer
    JwtAudience           = var.jwt_audience
    EmailIdentity         = var.email_identity
    AllowedOrigins        = var.allowed_origins
    AppName               = var.app_name
    PublicApiUrl          = var.public_api_url
    DefaultEmail          = var.default_email
    ProducerScopes        = var.producer_scopes
    SelfRecordedPerMinute = var.self_recorded_per_minute
    ApnsApplicationArn    = var.apns_application_arn
    FcmApplicationArn     = var.fcm_application_arn
    Live                  = var.live
    Size                  = var.size
    ReservedConcurrency   = var.reserved_concurrency
    Database              = var.database
    Network               = var.network
    AlarmEmail            = var.alarm_email
    Architecture          = var.architecture
    DatabaseSnapshot      = var.database_snapshot
    PermissionsBoundary   = var.permissions_boundary
    ZoneA                 = var.zone_a
    ZoneB                 = var.zone_b
    VpcCidr               = var.vpc_cidr
    DomainName            = var.domain_name
    CertificateArn        = var.certificate_arn
    HostedZoneId          = var.hosted_zone_id
    DatabaseAddress       = var.database_address
    DatabaseSchema        = var.database_schema
    DatabaseResourceId    = var.database_resource_id
    DatabaseSecretArn     = var.database_secret_arn
    SubnetIds             = var.subnet_ids == null ? null : join(",", var.subnet_ids)
    SecurityGroupIds      = var.security_group_ids == null ? null : join(",", var.security_group_ids)
    VpcId                 = var.vpc_id
    DefaultInApp          = var.default_in_app
    DefaultPush           = var.default_push
    DefaultDigestMinutes  = var.default_digest_minutes
    DefaultTimezone       = var.default_timezone
    EmailPerMinute        = var.email_per_minute
    PushPerMinute         = var.push_per_minute
    RetentionDays         = var.retention_days
    PollIntervalSeconds   = var.poll_interval_seconds
    RequestsPerSecond     = var.requests_per_second
    Tracing               = var.tracing
    PlatformLogs          = var.platform_logs
  }
}
