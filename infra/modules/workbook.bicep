@description('Name of the workbook: a GUID, as Azure wants it.')
param name string

@description('What people see it as.')
param displayName string

@description('Azure region.')
param location string

@description('Tags of the resource.')
param tags object

@description('The workspace that is asked.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: displayName
    category: 'workbook'
    sourceId: workspaceId
    serializedData: loadTextContent('../workbook.json')
  }
}
