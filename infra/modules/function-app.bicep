@description('Name of the function app.')
param name string

@description('Name of its plan.')
param planName string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags object

@description('FC1 (Flex Consumption) or EP1 (Elastic Premium).')
param plan string

@description('Whether callers must send a client certificate.')
param clientCertMode string

@description('Resource ID of the identity.')
param identityId string

@description('Client ID of the identity.')
param identityClientId string

@description('Name of the storage account.')
param storageName string

@description('Name of the container that the package is in.')
param deploymentContainer string

@description('Where telemetry goes.')
param insightsConnectionString string

@description('The workspace that logs go to.')
param workspaceId string

@description('IDs of the subscriptions to scan, split by commas; empty: every one that can be read.')
param subscriptions string

@description('NCRONTAB of the scan; empty: every hour.')
param schedule string

@description('Hours after which a drift that is still open is told again; empty: 24.')
param reminderHours string

@description('Key Vault reference to the URL of the webhook; empty: there is none.')
param webhookUrlReference string

@description('Key Vault reference to what signs; empty: nothing does.')
param webhookSigningReference string

@description('Kind of the webhook; empty: told from its host.')
param webhookKind string

@description('Least severity that is posted; empty: low.')
param webhookMinSeverity string

var isFlex = plan == 'FC1'
var blobEndpoint = 'https://${storageName}.blob.${environment().suffixes.storage}'
var package = '${blobEndpoint}/${deploymentContainer}'

// An empty setting is as good as none: the app's own defaults are said in one place, its README.
var settingsOfApp = union(
  { AZURE_CLIENT_ID: identityClientId, AZURE_CLOUD: environment().name },
  empty(subscriptions) ? {} : { DRIFT_SUBSCRIPTIONS: subscriptions },
  empty(schedule) ? {} : { DRIFT_SCHEDULE: schedule },
  empty(reminderHours) ? {} : { DRIFT_REMINDER_HOURS: reminderHours }
)

// The app refuses what belongs to a webhook that has no URL.
var settingsOfWebhook = empty(webhookUrlReference) ? {} : union(
  { DRIFT_WEBHOOK_URL: webhookUrlReference },
  empty(webhookSigningReference) ? {} : { DRIFT_WEBHOOK_SECRET: webhookSigningReference },
  empty(webhookKind) ? {} : { DRIFT_WEBHOOK_KIND: webhookKind },
  empty(webhookMinSeverity) ? {} : { DRIFT_WEBHOOK_MIN_SEVERITY: webhookMinSeverity }
)

// The three addresses, and not accountName, which stands for the public cloud's alone.
// https://learn.microsoft.com/azure/azure-functions/functions-reference#connecting-to-host-storage-with-an-identity
var settingsOfHost = {
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__queueServiceUri: 'https://${storageName}.queue.${environment().suffixes.storage}'
  AzureWebJobsStorage__tableServiceUri: 'https://${storageName}.table.${environment().suffixes.storage}'
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
}

// Elastic Premium keeps its files in an Azure Files share, which takes keys alone. Without the share, it runs the package that a URL names.
// https://learn.microsoft.com/azure/azure-functions/storage-considerations#create-an-app-without-azure-files
var settingsOfPlan = isFlex ? {} : {
  FUNCTIONS_EXTENSION_VERSION: '~4'
  FUNCTIONS_WORKER_RUNTIME: 'node'
  WEBSITE_RUN_FROM_PACKAGE: '${package}/app.zip'
  WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID: identityId
}

// What Bicep does not name of a site's settings is taken away with each deployment: what an installer adds goes here.
var moreSettings = loadJsonContent('../more-settings.json')
var settings = union(moreSettings, settingsOfHost, settingsOfPlan, settingsOfApp, settingsOfWebhook)
var settingList = [for setting in items(settings): {
  name: setting.key
  value: setting.value
}]

resource hosting 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: isFlex ? 'functionapp' : 'elastic'
  sku: {
    name: plan
    tier: isFlex ? 'FlexConsumption' : 'ElasticPremium'
  }
  properties: {
    // Linux.
    reserved: true
    maximumElasticWorkerCount: isFlex ? null : 20
  }
}

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: hosting.id
    keyVaultReferenceIdentity: identityId
    httpsOnly: true
    // While disabled, Azure keeps a mode that means nothing, and takes no word for it.
    clientCertEnabled: clientCertMode != 'Ignore'
    clientCertMode: clientCertMode == 'Ignore' ? 'Required' : clientCertMode
    clientCertExclusionPaths: ''
    functionAppConfig: isFlex ? {
      runtime: {
        name: 'node'
        version: '24'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: package
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        // The least that Flex Consumption takes: https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#considerations
        maximumInstanceCount: 40
      }
    } : null
    siteConfig: {
      linuxFxVersion: isFlex ? null : 'Node|24'
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      // Asking only some callers for a certificate takes TLS renegotiation, which HTTP/2 does not have.
      http20Enabled: clientCertMode != 'OptionalInteractiveUser'
      appSettings: settingList
    }
  }
}

// No passwords for publishing: azd and Core Tools deploy with their own login.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noScmPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'logs'
  scope: site
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'FunctionAppLogs', enabled: true }
    ]
    metrics: [
      { category: 'AllMetrics', enabled: true }
    ]
  }
}

@description('Name of the function app.')
output name string = site.name

@description('Its resource ID.')
output id string = site.id

@description('Its host name.')
output hostName string = site.properties.defaultHostName
