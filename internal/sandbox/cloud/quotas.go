package cloud

// AWS's default quotas, except for those in package access.
const (
	maxKeysPerUser    = 2
	maxPolicyVersions = 5
	// MaxMFADevices is how many devices a user may have.
	MaxMFADevices = 8

	maxAPIs         = 600 // in a region
	maxTables       = 2500
	maxIntegrations = 300
	maxAuthorizers  = 10 // of an API
	maxAudiences    = 50 // of an authorizer
	maxScopes       = 10 // of a route
	maxStages       = 10
	maxDomainNames  = 120    // in a region
	maxMappings     = 200    // of a domain name
	maxRecords      = 10_000 // of a hosted zone

	maxMetricFilters    = 100 // of a log group
	maxAlarms           = 5000
	maxAlarmActions     = 5 // for a state of an alarm
	maxQueryDefinitions = 1000
	maxAnalyzers        = 1 // of a type

	// maxSessions is how many sessions of an account the sandbox stores. AWS
	// throttles accounts that create more.
	maxSessions = 10_000
)

// Limits on characters or bytes.
const (
	maxUserName = 64
	maxRoleName = 64
	maxLongName = 128 // of groups, policies and instance profiles
	maxPath     = 512
	maxARN      = 2048

	quotaUserInline  = 2048 // all inline policies of one together
	quotaGroupInline = 5120
	quotaRoleInline  = 10240
	// maxSessionPolicy is the maximum number of characters of a session policy.
	maxSessionPolicy = 2048

	maxAccessLogFormat = 1024
	maxFilterPattern   = 1024
	maxQueryString     = 10_000
	maxQueryGroups     = 50        // log groups of a saved query
	maxFunctionPolicy  = 20 << 10  // of a function's resource policy
	maxEnvironment     = 4 << 10   // of a function's variables as JSON
	maxZipFile         = 50 << 20  // of a function's zip file in a request
	maxUnzipped        = 250 << 20 // of the files of a function
)

// Other limits.
const (
	defaultSessionSeconds     = 3600
	minAssumeSeconds          = 900
	maxChainedSeconds         = 3600
	maxUserSessionSeconds     = 129_600
	defaultUserSessionSeconds = 43_200

	minTimeoutMillis   = 50 // of an integration
	maxTimeoutMillis   = 30_000
	minFunctionMemory  = 128 // MB
	maxFunctionMemory  = 10_240
	minFunctionTimeout = 1 // seconds
	maxFunctionTimeout = 900

	defaultFunctionTimeout = 3
)
