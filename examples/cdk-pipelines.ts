import type { IStage } from 'aws-cdk-lib/aws-codepipeline';
import { StateMachineInput, StepFunctionInvokeAction } from 'aws-cdk-lib/aws-codepipeline-actions';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import {
  type CodePipelineActionFactoryResult,
  type ICodePipelineActionFactory,
  type ProduceActionOptions,
  Step,
} from 'aws-cdk-lib/pipelines';

/**
 * A step of CDK Pipelines that transforms the tables after a stage is deployed: `pipeline.addStage(test, { post: [new TransformStep('TransformTest')] })`.
 * The stage is in the pipeline's account and region; for another account, the action needs a role there to assume.
 */
export class TransformStep extends Step implements ICodePipelineActionFactory {
  readonly #stateMachineName: string;

  /** @param name prefix of the deployed service */
  constructor(id: string, name = 'dynamodt') {
    super(id);
    this.#stateMachineName = `${name}-transform-all`;
  }

  produceAction(stage: IStage, { actionName, runOrder, scope }: ProduceActionOptions): CodePipelineActionFactoryResult {
    stage.addAction(
      new StepFunctionInvokeAction({
        actionName,
        runOrder,
        // Referenced by name, since a pipeline cannot reference resources in the stages that it deploys.
        stateMachine: StateMachine.fromStateMachineName(scope, 'TransformAll', this.#stateMachineName),
        stateMachineInput: StateMachineInput.literal({}),
        executionNamePrefix: 'pipeline',
      }),
    );
    return { runOrdersConsumed: 1 };
  }
}
