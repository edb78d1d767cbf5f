targetScope = 'subscription'

@description('Name of the environment: names and tags everything that is made, and is the same for whoever deploys the same thing again.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Azure region of everything that is made.')
@metadata({ azd: { type: 'location' } })
param location string

// Learn lists what Flex Consumption lacks (https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#considerations), and says
// neither there nor of client certificates (https://learn.microsoft.com/azure/app-service/app-service-web-configure-tls-mutual-auth) whether they
// are enforced on it. Its sites have the properties: https://github.com/Azure/azure-dev, recording Test_CLI_Up_Down_FuncApp.
@description('Hosting plan: FC1 is Flex Consumption, EP1 is Elastic Premium. Microsoft does not document whether Flex Consumption enforces client certificates; EP1 is deployed in another way (see docs/install.md).')
@allowed([
  'FC1'
  'EP1'
])
param plan string = 'FC1'

@description('Whether callers of the app itself must send a client certificate. With Required, the report page needs one in the browser, too. There is no exclusion path: one would need TLS renegotiation.')
@allowed([
  'Required'
  'Optional'
  'OptionalInteractiveUser'
  'Ignore'
])
param clientCertMode string = 'Required'

@description('IDs of the subscriptions to scan, split by commas; the identity is given its role on each. Empty: the one that is deployed to. all: every one that the identity can read, with no role given here: management-group.bicep gives it one.')
param scanSubscriptions string = ''

@description('Role of the identity on what is scanned: custom has just the reads that a scan makes; Reader is the built-in role, for those who may not define roles.')
@allowed([
  'custom'
  'Reader'
])
param scanRole string = 'custom'

@description('NCRONTAB of the scan; empty: every hour.')
param schedule string = ''

@description('Hours after which a drift that is still open is told again, 0 for never; empty: 24.')
param reminderHours string = ''

@description('URL of the webhook; a password, kept in the key vault. Empty: nothing is posted.')
@secure()
param webhookUrl string = ''

@description('Signs what is posted to a webhook of kind json: whsec_ and base64; kept in the key vault. Empty: not signed.')
@secure()
param webhookSecret string = ''

@description('Kind of the webhook; empty: told from its host.')
@allowed([
  ''
  'teams'
  'slack'
  'json'
])
param webhookKind string = ''

@description('Least severity that is posted; empty: low.')
@allowed([
  ''
  'critical'
  'high'
  'medium'
  'low'
])
param webhookMinSeverity string = ''

@description('Address to which alerts are mailed; empty: the alerts are made all the same, and tell nobody.')
param alertEmail string = ''

@description('Time within which a scan must have run, or an alert comes: two periods of the schedule.')
@allowed([
  'PT10M'
  'PT30M'
  'PT1H'
  'PT2H'
  'PT3H'
  'PT4H'
  'PT6H'
  'P1D'
  'P2D'
])
param scanWithin string = 'PT2H'

@description('Whether the key vault cannot be purged before its 90 days are over. Once on, it cannot be turned off, and the environment cannot be made anew under its name meanwhile.')
@allowed([
  'on'
  'off'
])
param purgeProtection string = 'off'

@description('Object ID of whoever writes the policies from a terminal; azd gives that of whoever deploys. Empty: nobody is given a role.')
param editorId string = ''

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var listed = split(replace(empty(scanSubscriptions) ? subscription().subscriptionId : scanSubscriptions, ' ', ''), ',')
var scanned = scanSubscriptions == 'all' ? [] : listed

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-mtls-drift-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-mtls-drift-${token}'
    insightsName: 'appi-mtls-drift-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    editorId: editorId
    editorUploads: plan == 'EP1'
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    purgeProtection: purgeProtection == 'on'
    webhookUrl: webhookUrl
    webhookSecret: webhookSecret
  }
}

// The modules above also give the identity its roles: an app that starts without them finds neither its storage nor its webhook.
module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    name: 'func-mtls-drift-${token}'
    planName: 'plan-mtls-drift-${token}'
    location: location
    tags: tags
    plan: plan
    clientCertMode: clientCertMode
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    deploymentContainer: storage.outputs.deploymentContainer
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    workspaceId: monitoring.outputs.workspaceId
    subscriptions: join(scanned, ',')
    schedule: schedule
    reminderHours: reminderHours
    webhookUrlReference: !empty(webhookUrl) ? keyVault.outputs.webhookUrlReference : ''
    webhookSigningReference: !empty(webhookSecret) ? keyVault.outputs.webhookSigningReference : ''
    webhookKind: webhookKind
    webhookMinSeverity: webhookMinSeverity
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    name: 'mtls-drift-${token}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    email: alertEmail
    scanWithin: scanWithin
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    name: guid(group.id, 'mtls-drift')
    displayName: 'mtls-drift ${environmentName}'
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

module scanInSubscription 'modules/scan-subscription.bicep' = [for id in scanned: {
  name: 'mtls-drift-scan-${uniqueString(id, token)}'
  scope: subscription(id)
  params: {
    principalId: identity.outputs.principalId
    scanRole: scanRole
    environmentName: environmentName
  }
}]

@description('The resource group that holds everything but the roles on what is scanned.')
output AZURE_RESOURCE_GROUP string = group.name

@description('The identity that scans: for management-group.bicep.')
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId

@description('The function app, which azd deploys to.')
output FUNCTION_APP_NAME string = functionApp.outputs.name

@description('Its resource ID: for what azure-cli has no command for.')
output FUNCTION_APP_ID string = functionApp.outputs.id

@description('Where the report page is; it takes the function key, and a client certificate as clientCertMode says.')
output REPORT_URL string = 'https://${functionApp.outputs.hostName}/api/report'

@description('The storage account with the policies: for the command line, as AzureWebJobsStorage__accountName.')
output STORAGE_ACCOUNT_NAME string = storage.outputs.name

@description('Where EP1 takes its package from.')
output PACKAGE_CONTAINER string = storage.outputs.deploymentContainer

@description('The key vault with what must not be seen of the webhook.')
output KEY_VAULT_NAME string = keyVault.outputs.name

@description('The workspace with the logs: for az monitor log-analytics query.')
output WORKSPACE_ID string = monitoring.outputs.workspaceCustomerId
