/** Each wildcard in a policy, and why it cannot be narrower. A wildcard that is not here fails the tests, and so does an entry that nothing needs. */
export const explainedWildcards: { resource: RegExp; actions: RegExp; because: string }[] = [
  {
    resource: /^arn:aws:logs:[^*]+:log-group:\/aws\/lambda\/[\w-]+:\*$/,
    actions: /^logs:(CreateLogStream|PutLogEvents)$/,
    because: "The log streams of the function's own log group; Lambda names them when it starts a container.",
  },
  {
    resource: /^arn:aws:states:[^*]+:execution:[\w-]+-transform-(table|all)(\/TransformSegments)?:\*$/,
    actions: /^states:((Describe|Stop|Redrive)Execution|GetExecutionHistory|ListMapRuns|DescribeStateMachineForExecution)$/,
    because: 'Executions of our own state machine, or children of its Map: their names are not known beforehand.',
  },
  {
    resource: /^arn:aws:states:[^*]+:mapRun:[\w-]+-transform-table\/TransformSegments:\*$/,
    actions: /^states:(DescribeMapRun|ListExecutions)$/,
    because: 'Runs of the Map of our own state machine: their ids are not known beforehand.',
  },
  {
    resource: /^arn:aws:logs:[^*]+:log-group:\/aws\/lambda\/[\w-]+:\*$/,
    actions: /^logs:(DescribeLogStreams|FilterLogEvents|GetLogEvents)$/,
    because: 'By grantOperate and grantObserve: the log streams of our own functions; Lambda names them.',
  },
  {
    resource: /^arn:aws:s3:::[\w-]+-preparations-\d+-[\w-]+\/preparations\/\*$/,
    actions: /^s3:(Get|Put)Object$/,
    because: 'The preparations in the one bucket that holds them; they are named by their content.',
  },
  {
    resource: /^arn:aws:s3:::[\w-]+-preparations-\d+-[\w-]+\/journal\/\*$/,
    actions: /^s3:(Get|Put)Object$/,
    because: 'The journals in the same bucket; they are named by run, segment and number.',
  },
  {
    resource: /^(arn:aws:dynamodb:[^*]+:table\/[\w-]+|imported-\w+)\/index\/\*$/,
    actions: /^dynamodb:(DescribeTable|GetItem|BatchGetItem|Query|Scan)$/,
    because: 'Indexes of the tables that transformations may look things up in: reads only, and indexes come and go.',
  },
  {
    resource: /^\*$/,
    actions: /^cloudwatch:DescribeAlarms$/,
    because:
      'Only with `pauseOn`: CloudWatch describes composite alarms only to those who may describe all alarms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html',
  },
  {
    resource: /^\*$/,
    actions:
      /^logs:(CreateLogDelivery|GetLogDelivery|UpdateLogDelivery|DeleteLogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)$/,
    because:
      'Step Functions delivers logs by these actions, which have no resources: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html',
  },
  {
    resource: /^\*$/,
    actions: /^xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)$/,
    because: 'Only with `tracing`: X-Ray has no resources.',
  },
  {
    resource: /^\*$/,
    actions: /^ec2:(Create|Delete|Describe)NetworkInterfaces?$|^ec2:DescribeSubnets$|^ec2:(Una|A)ssignPrivateIpAddresses$/,
    because: 'Only with `vpc`: Lambda makes network interfaces by them, and the same statement denies them to the code in the function.',
  },
  {
    resource: /^\*$/,
    actions: /^dynamodb:ListStreams$/,
    because:
      'Only with `follow`: Lambda asks for it to read a stream, and it has no resources: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html',
  },
  {
    resource: /^\*$/,
    actions: /^lambda:ListEventSourceMappings$/,
    because:
      'Only with `follow`, by grantObserve, grantOperate and grantPlan: the command finds the mapping of a table, and listing has no resources.',
  },
  {
    resource: /^arn:aws:lambda:[^*]+:event-source-mapping:\*$/,
    actions: /^lambda:UpdateEventSourceMapping$/,
    because: 'Only with `follow`, by grantOperate: Lambda names mappings; a condition names our own function that they call.',
  },
  {
    resource: /^\*$/,
    actions: /^states:ListStateMachines$/,
    because: 'Only by grantOperate: the command finds the state machine by its name, and listing has no resources.',
  },
  {
    resource:
      /:function:[\w-]+-(start-run|prepare|transform-segment|settle-pass|wait-for-resume|find-pending|follow-run|settle-tables):\*$/,
    actions: /^lambda:InvokeFunction$/,
    because: 'By the state machines: versions of the functions that their definitions name, also those of deploys before.',
  },
  {
    resource: /:function:[\w-]+-publish-catalog:\*$/,
    actions: /^lambda:InvokeFunction$/,
    because: "CDK's provider of the resource that publishes the catalog invokes this one function, or a version of it.",
  },
];
