targetScope = 'managementGroup'

// Deployed by itself, after the app: Azure Resource Manager deploys nothing to a management group from within a subscription
// (https://github.com/Azure/bicep/issues/13544), and whoever may do the one often may not do the other.

@description('Object ID of the identity that scans: IDENTITY_PRINCIPAL_ID of what azd provision made.')
param principalId string

@description('Name of the environment: the names of custom roles are unique in a tenant.')
param environmentName string

@description('Role of the identity on all subscriptions below: custom has just the reads that a scan makes; Reader is the built-in role.')
@allowed([
  'custom'
  'Reader'
])
param scanRole string = 'custom'

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/general#reader
var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
var scope = managementGroup().id
var asked = loadJsonContent('scan-role.json')

resource readsSites 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (scanRole == 'custom') {
  name: guid(scope, environmentName, 'mtls-drift')
  properties: {
    roleName: 'mtls-drift ${environmentName} ${uniqueString(scope)}'
    description: asked.description
    type: 'customRole'
    permissions: [
      { actions: asked.actions, notActions: [] }
    ]
    assignableScopes: [
      scope
    ]
  }
}

resource scans 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(scope, principalId, scanRole)
  properties: {
    roleDefinitionId: scanRole == 'custom' ? readsSites.id : tenantResourceId('Microsoft.Authorization/roleDefinitions', reader)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
