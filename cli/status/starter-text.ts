/** `started by arn:…/ann: "split names for #12"`, in a line or none. */
export function starterText({ startedBy, reason }: { startedBy?: string | undefined; reason?: string | undefined }): string[] {
  if (startedBy === undefined && reason === undefined) return [];
  return [`started${startedBy === undefined ? '' : ` by ${startedBy}`}${reason === undefined ? '' : `: "${reason}"`}`];
}
