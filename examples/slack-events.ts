import { SlackChannelConfiguration } from 'aws-cdk-lib/aws-chatbot';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface SlackEventsProps {
  /** Id of the workspace, which somebody authorized in the console of Amazon Q Developer in chat applications: T0123456789. */
  workspace: string;
  /** Id of the channel: C0123456789. */
  channel: string;
  /** The `name` of the service. */
  service: string;
}

/** Tells a channel of Slack what happens to runs: what a person must look at, and how they end. */
export class SlackEvents extends Construct {
  constructor(scope: Construct, id: string, { workspace, channel, service }: SlackEventsProps) {
    super(scope, id);
    const topic = new Topic(this, 'Topic');
    new SlackChannelConfiguration(this, 'Channel', {
      slackChannelConfigurationName: `${service}-runs`,
      slackWorkspaceId: workspace,
      slackChannelId: channel,
      notificationTopics: [topic],
    });
    // Each event says in a sentence what happened: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
    const content = { description: EventField.fromPath('$.detail.text') };
    new Rule(this, 'Rule', {
      eventPattern: {
        source: ['dynamodt'],
        detailType: ['Run Started', 'Run Paused', 'Run Resumed', 'Run Succeeded', 'Run Failed', 'Run Stopped', 'Start Refused'],
        detail: { service: [service] },
      },
      targets: [new SnsTopic(topic, { message: RuleTargetInput.fromObject({ version: '1.0', source: 'custom', content }) })],
    });
  }
}
