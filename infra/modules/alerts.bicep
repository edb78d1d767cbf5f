@description('What the names of the alerts begin with.')
param name string

@description('Azure region.')
param location string

@description('Tags of the resources.')
param tags object

@description('The workspace that is asked.')
param workspaceId string

@description('Address to which alerts are mailed; empty: nobody is told.')
param email string

@description('Time within which a scan must have run.')
param scanWithin string

// Rows of these queries are counted. They go by lines of the app's own log, whose names stay: how the host names a function's invocations
// differs by its telemetry mode (https://github.com/Azure/azure-functions-dotnet-worker/issues/3513). What fails five times goes to a poison
// queue: that of drift-scan is read by the function scan-failed; that of drift-notify by nobody, so its messages are seen as Storage logs
// that they came.
var alerts = [
  {
    suffix: 'scan-missed'
    displayName: 'mtls-drift: no scan has run'
    description: 'No scan was put on the queue for as long as two periods of the schedule.'
    query: 'AppTraces | extend line = parse_json(Message) | where tostring(line.event) == "scans-queued" and toint(line.started) + toint(line.running) > 0'
    operator: 'LessThan'
    threshold: 1
    window: scanWithin
    severity: 1
  }
  {
    suffix: 'scan-given-up'
    displayName: 'mtls-drift: the scan of a subscription was given up'
    description: 'All tries of the scan of a subscription failed; its findings are as old as its last scan.'
    query: 'AppTraces | extend line = parse_json(Message) | where tostring(line.event) == "scan-abandoned"'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT1H'
    severity: 2
  }
  {
    suffix: 'webhook-given-up'
    displayName: 'mtls-drift: a webhook could not be told'
    description: 'A webhook refuses what it is told, or cannot be reached; the next scan tries again.'
    query: 'AppTraces | extend line = parse_json(Message) | where tostring(line.event) == "webhook-postponed"'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT1H'
    severity: 2
  }
  {
    suffix: 'telling-ended'
    displayName: 'mtls-drift: telling a webhook ended before its end'
    description: 'All tries to tell a webhook were ended from outside, or failed for want of the storage account; the next scan tries again.'
    query: 'StorageQueueLogs | where OperationName == "PutMessage" and StatusText == "Success" and Uri contains "/drift-notify-poison/"'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT1H'
    severity: 2
  }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  // Action groups are in no region.
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'mtls-drift'
    enabled: true
    emailReceivers: empty(email) ? [] : [
      { name: 'mail', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: '${name}-${alert.suffix}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: alert.displayName
    description: alert.description
    severity: alert.severity
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: 'PT10M'
    windowSize: alert.window
    autoMitigate: true
    // A new workspace does not know its tables until the first row comes.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: alert.operator
          threshold: alert.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: [
        people.id
      ]
    }
  }
}]
