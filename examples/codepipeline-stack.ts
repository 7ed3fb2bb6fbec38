import { Stack, type StackProps } from 'aws-cdk-lib';
import { BuildSpec, LinuxBuildImage, PipelineProject } from 'aws-cdk-lib/aws-codebuild';
import { Artifact, Pipeline, PipelineType } from 'aws-cdk-lib/aws-codepipeline';
import {
  CodeBuildAction,
  CodeStarConnectionsSourceAction,
  StateMachineInput,
  StepFunctionInvokeAction,
} from 'aws-cdk-lib/aws-codepipeline-actions';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';

export interface CodePipelineStackProps extends StackProps {
  /** ARN of the connection to the repository. */
  connectionArn: string;
  owner: string;
  repo: string;
}

/** A pipeline that deploys the application, then transforms its tables, and fails if a run fails. */
export class CodePipelineStack extends Stack {
  constructor(scope: Construct, id: string, { connectionArn, owner, repo, ...props }: CodePipelineStackProps) {
    super(scope, id, props);
    const source = new Artifact('Source');
    const deploy = new PipelineProject(this, 'Deploy', {
      environment: { buildImage: LinuxBuildImage.STANDARD_7_0 },
      buildSpec: BuildSpec.fromObject({
        version: '0.2',
        phases: {
          install: { 'runtime-versions': { nodejs: 22 }, commands: ['npm ci'] },
          build: { commands: ['npx cdk deploy --all --require-approval never'] },
        },
      }),
    });
    deploy.addToRolePolicy(
      new PolicyStatement({
        actions: ['sts:AssumeRole'],
        resources: [this.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: 'cdk-hnb659fds-*' })],
      }),
    );
    // Referenced by name, since this pipeline deploys the stack that contains it. With `name: 'shop'` it is shop-transform-all.
    const transformAll = StateMachine.fromStateMachineName(this, 'TransformAll', 'dynamodt-transform-all');
    new Pipeline(this, 'Pipeline', {
      pipelineType: PipelineType.V2,
      stages: [
        {
          stageName: 'Source',
          actions: [new CodeStarConnectionsSourceAction({ actionName: 'Source', connectionArn, owner, repo, output: source })],
        },
        { stageName: 'Deploy', actions: [new CodeBuildAction({ actionName: 'Deploy', project: deploy, input: source })] },
        {
          // Waits up to seven days for the execution, and fails if it fails. "Retry stage" continues where the runs stopped.
          stageName: 'Transform',
          actions: [
            new StepFunctionInvokeAction({
              actionName: 'TransformAll',
              stateMachine: transformAll,
              stateMachineInput: StateMachineInput.literal({}),
              executionNamePrefix: 'pipeline',
            }),
          ],
        },
      ],
    });
  }
}
