@description('Name of the key vault.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('The identity that reads the secrets.')
param principalId string

@description('The workspace that logs go to.')
param workspaceId string

@description('Whether it cannot be purged before its 90 days are over.')
param purgeProtection bool

@description('URL of the webhook; empty: none.')
@secure()
param webhookUrl string

@description('What signs messages of kind json; empty: nothing.')
@secure()
param webhookSecret string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/security#key-vault-secrets-user
var keyVaultSecretsUser = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // Azure takes true or nothing here: it cannot be turned off again.
    enablePurgeProtection: purgeProtection ? true : null
  }
}

resource urlOfWebhook 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(webhookUrl)) {
  parent: vault
  name: 'webhook-url'
  properties: {
    value: webhookUrl
  }
}

resource secretOfWebhook 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = if (!empty(webhookUrl) && !empty(webhookSecret)) {
  parent: vault
  name: 'webhook-secret'
  properties: {
    value: webhookSecret
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, keyVaultSecretsUser)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyVaultSecretsUser)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'AuditEvent', enabled: true }
    ]
    metrics: [
      { category: 'AllMetrics', enabled: true }
    ]
  }
}

@description('Name of the key vault.')
output name string = vault.name

// References without a version: Azure takes a new value over by itself, within a day.
// https://learn.microsoft.com/azure/app-service/app-service-key-vault-references#understand-rotation
@description('What an app setting says instead of the URL, where there is one.')
output webhookUrlReference string = '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/webhook-url)'

@description('What an app setting says instead of what signs, where something does.')
output webhookSigningReference string = '@Microsoft.KeyVault(SecretUri=${vault.properties.vaultUri}secrets/webhook-secret)'
