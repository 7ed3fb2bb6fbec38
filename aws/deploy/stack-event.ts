/** Something that happened to a resource of a stack, or to the stack itself. */
export interface StackEvent {
  eventId: string;
  /** The logical id of the resource. */
  id: string;
  /** `AWS::Lambda::Function` */
  type: string;
  /** `CREATE_IN_PROGRESS`, `UPDATE_FAILED`, … */
  status: string;
  reason: string | undefined;
  /** True if it is about the stack itself. */
  isOfStack: boolean;
}
