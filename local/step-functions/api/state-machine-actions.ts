import type { Actions } from '../../http/json-api.ts';
import type { Engine } from '../engine.ts';
import type { Machine } from '../machine.ts';
import { executionIn, machineIn, seconds } from './find-resource.ts';
import { page } from './pages.ts';

/** The actions that read state machines. The machines are loaded from files when local AWS starts. */
export function stateMachineActions(engine: Engine): Actions {
  return {
    ListStateMachines: (request) => {
      const { page: stateMachines, nextToken } = page([...engine.machines.values()], request);
      return { stateMachines: stateMachines.map(summary), nextToken };
    },
    DescribeStateMachine: (request) => {
      const machine = machineIn(engine, request);
      return { ...summary(machine), status: 'ACTIVE', definition: machine.text, roleArn: engine.roleArn };
    },
    DescribeStateMachineForExecution: (request) => {
      const { machine, mapRunArn } = executionIn(engine, request);
      return {
        stateMachineArn: machine.arn,
        name: machine.name,
        definition: mapRunArn ? JSON.stringify(machine.definition) : machine.text,
        roleArn: engine.roleArn,
        updateDate: seconds(machine.creationDate),
        mapRunArn,
        label: mapRunArn && machine.name.split('/')[1],
      };
    },
  };
}

function summary(machine: Machine) {
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    type: 'STANDARD',
    creationDate: seconds(machine.creationDate),
  };
}
