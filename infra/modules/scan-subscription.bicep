targetScope = 'subscription'

@description('The identity that scans.')
param principalId string

@description('Role of the identity: custom, or Reader.')
param scanRole string

@description('Whose role it is: the names of custom roles are unique in a tenant.')
param environmentName string

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/general#reader
var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
var scope = subscription().id
var asked = loadJsonContent('../scan-role.json')

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
    roleDefinitionId: scanRole == 'custom' ? readsSites.id : subscriptionResourceId('Microsoft.Authorization/roleDefinitions', reader)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
