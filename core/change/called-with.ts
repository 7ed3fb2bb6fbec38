import { ItemError } from '../errors.ts';
import type { BoundContext, TransformContext } from '../transformation/contract.ts';
import type { Look, OpenedLook, Place } from '../transformation/look.ts';

/** What a function is called with beside its item, in all calls of one decision. */
export interface CalledWith {
  context: TransformContext;
  look: OpenedLook;
}

export type OpenContext = (place?: Place) => CalledWith;

/** Opens the context of a transformation for each decision, so that its look-ups give the same answers in all calls. */
export function contextOpener({ looks, ...context }: BoundContext): OpenContext {
  if (!looks) {
    const called = { context: { ...context, look: lookNowhere }, look: { look: lookNowhere, fault: undefined } };
    return () => called;
  }
  return (place) => {
    const look = looks.open(place);
    // Most functions look nothing up.
    const called: TransformContext = {
      ...context,
      get look() {
        return look.look;
      },
    };
    return { context: called, look };
  };
}

function refuse(): Promise<never> {
  return Promise.reject(new ItemError('TransformThrew', 'There is no table to look things up in here.'));
}

const lookNowhere: Look = { self: { get: refuse, query: refuse } };
